import type { Tx } from '#lib/kernel/db/database.ts';
import { isEnough } from '#lib/staff/authenticators/enrolment-minimum.ts';

/** What an operator can sign in with, as their own page shows it. Times are ISO 8601 UTC. */
export type OwnAuthenticators = {
  passkeys: { id: string; name: string; synced: boolean; createdAt: string; lastUsedAt: string | null }[];
  passwordChangedAt: string | null;
  codeGeneratorSince: string | null;
  recoveryCodesLeft: number;
  recoveryCodesMadeAt: string | null;
  identities: { id: string; provider: string; subject: string }[];
  email: string;
  notificationAddresses: string[];
  enough: boolean;
};

/** The operator's own authenticators. */
export async function listOwnAuthenticators(tx: Tx, operatorId: string): Promise<OwnAuthenticators> {
  const operator = await tx.operator.findUniqueOrThrow({
    where: { id: operatorId },
    include: {
      passkeys: { orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], take: 50 },
      password: { select: { changedAt: true } },
      totp: { select: { confirmedAt: true } },
      recoveryCodes: { where: { usedAt: null }, select: { createdAt: true }, take: 20 },
      identities: { include: { provider: { select: { name: true } } }, take: 20 },
    },
  });
  const codeGeneratorSince = operator.totp?.confirmedAt ?? null;
  return {
    passkeys: operator.passkeys.map(({ id, name, deviceType, createdAt, lastUsedAt }) => ({
      id,
      name,
      synced: deviceType === 'multiDevice',
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    })),
    passwordChangedAt: operator.password?.changedAt.toISOString() ?? null,
    codeGeneratorSince: codeGeneratorSince?.toISOString() ?? null,
    recoveryCodesLeft: operator.recoveryCodes.length,
    recoveryCodesMadeAt: operator.recoveryCodes[0]?.createdAt.toISOString() ?? null,
    identities: operator.identities.map(({ id, provider, subject }) => ({ id, provider: provider.name, subject })),
    email: operator.email,
    notificationAddresses: operator.notificationAddresses,
    enough: isEnough({
      passkeys: operator.passkeys.length,
      codeGenerator: operator.password !== null && codeGeneratorSince !== null,
      recoveryCodes: operator.recoveryCodes.length,
    }),
  };
}
