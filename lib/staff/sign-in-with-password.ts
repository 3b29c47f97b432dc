import { z } from 'zod';
import type { Database } from '#lib/kernel/db/database.ts';
import { withinAttempts } from '#lib/staff/attempts.ts';
import { verifyPassword } from '#lib/staff/password/hash-password.ts';
import { readRecoveryCode, spendRecoveryCode } from '#lib/staff/recovery-codes.ts';
import { type Attempt, auditFailure, type SignedIn, startSession } from '#lib/staff/start-session.ts';
import { spendTotpStep, stepOf } from '#lib/staff/totp.ts';

const shape = z.strictObject({
  email: z
    .string()
    .max(254)
    .transform((text) => text.trim().normalize('NFKC').toLowerCase()),
  password: z.string().min(1).max(1_024),
  code: z.string().min(1).max(64),
});
const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * Signs an operator in by password and, in the same step, a code of their code generator or a recovery code: all or nothing, so no
 * answer tells whether the account exists or which part was wrong, and every attempt does the same work. `null` for every failure.
 * @throws Refusal `rate_limited`
 */
export async function signInWithPassword(database: Database, raw: unknown, attempt: Attempt): Promise<SignedIn | null> {
  const parsed = shape.safeParse(raw);
  if (!parsed.success) return null;
  const given = parsed.data;
  // Counted by what was typed: an account that does not exist makes people wait as one that does.
  return withinAttempts(database, { purpose: 'password', account: given.email, ip: attempt.ip }, () =>
    judge(database, given, attempt),
  );
}

async function judge(
  database: Database,
  { email, password, code }: z.output<typeof shape>,
  attempt: Attempt,
): Promise<SignedIn | null> {
  const account = await database.outsideTenants((tx) =>
    tx.operator.findUnique({ where: { email }, include: { password: true, totp: true } }),
  );
  const operatorId = account?.id ?? nobody;
  const secret = account?.totp?.secret ?? null;
  const isPassword = await verifyPassword(account?.password?.hash ?? null, password);
  const isRecoveryCode = readRecoveryCode(code) !== null;
  const used = await database.outsideTenants(async (tx) => {
    const step = await stepOf(tx, operatorId, secret, code.replace(/\s/g, ''));
    // Nobody's row is touched on a wrong password: then the same statement runs for an operator who does not exist.
    const mayUse = isPassword && account?.disabledAt === null ? operatorId : nobody;
    return isRecoveryCode ? spendRecoveryCode(tx, mayUse, code) : spendTotpStep(tx, mayUse, step ?? -1n);
  });
  const why = !account
    ? 'unknown_account'
    : account.disabledAt
      ? 'disabled'
      : !isPassword
        ? 'password'
        : used
          ? null
          : 'second_factor';
  if (why) {
    await auditFailure(database, account?.id ?? null, why, attempt, isRecoveryCode ? 'recovery' : 'password');
    return null;
  }
  return startSession(
    database,
    { operatorId, passkeyId: null, way: isRecoveryCode ? 'recovery' : 'password' },
    attempt,
  );
}
