import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { openSecret, sealSecret } from '#lib/kernel/crypto/secret-box.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type HttpAllowance, httpAllowanceSchema } from '#lib/kernel/http/address-guard.ts';
import { newId } from '#lib/kernel/ids.ts';
import { type TrustRule, trustRuleShape } from '#lib/staff/federation/trust-rule.ts';

/** A provider that operators may sign in through, its client secret opened. */
export type SignInProvider = {
  id: string;
  tenantId: string;
  slug: string;
  name: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  trust: TrustRule;
  allowance: HttpAllowance;
};

const placeOf = (id: string) => `sign-in-provider ${id}`;
const issuerShape = z
  .url({ protocol: /^https?$/, error: 'expected the issuer exactly as its discovery document says it' })
  .max(500)
  .refine((text) => !text.includes('#') && !text.includes('?'), 'an issuer has neither query nor fragment');

/** Lets operators of this tenant sign in through an OpenID provider. @throws Refusal `conflict` */
export const addSignInProvider = defineCommand({
  action: 'sign_in_provider_added',
  permission: 'policies:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({
    slug: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'Lower-case letters, digits and dashes.'),
    name: z.string().trim().min(1).max(100),
    issuer: issuerShape,
    clientId: z.string().min(1).max(300),
    clientSecret: z.string().min(1).max(1_000),
    trust: trustRuleShape.prefault({}),
    allowance: httpAllowanceSchema.prefault({}),
  }),
  async run({ tx, actor, input }) {
    if (await tx.signInProvider.findFirst({ where: { slug: input.slug } }))
      throw new Refusal('conflict', `There is a sign-in provider "${input.slug}" already. Choose another short name.`);
    const id = newId();
    const { clientSecret, ...plain } = input;
    const sealed = sealSecret(loadKeyEncryptionKey(readEnv()).key, clientSecret, placeOf(id));
    await tx.signInProvider.create({
      data: { id, tenantId: actor.tenantId, ...plain, clientSecret: new Uint8Array(sealed) },
    });
    const { slug, issuer, clientId, trust } = input;
    return {
      result: { id, slug },
      audit: { target: { type: 'sign_in_provider', id }, detail: { slug, issuer, client_id: clientId, trust } },
    };
  },
});

/** Closes a provider: no sign-in through it from now on, and the sessions that began there end. @throws Refusal `not_found` */
export const disableSignInProvider = defineCommand({
  action: 'sign_in_provider_disabled',
  permission: 'policies:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ providerId: z.uuid() }),
  async run({ tx, actor, input: { providerId } }) {
    const disabled = await tx.$executeRaw`
      UPDATE sign_in_providers SET disabled_at = clock_timestamp()
      WHERE id = ${providerId}::uuid AND tenant_id = ${actor.tenantId}::uuid AND disabled_at IS NULL`;
    if (disabled === 0)
      throw new Refusal('not_found', 'There is no such sign-in provider in use. Nothing was changed.');
    const ended = await tx.$executeRaw`
      UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = 'its sign-in provider was closed'
      WHERE ended_at IS NULL AND identity_id IN (SELECT id FROM operator_identities WHERE provider_id = ${providerId}::uuid)`;
    return {
      result: { sessionsEnded: ended },
      audit: { target: { type: 'sign_in_provider', id: providerId }, detail: { sessions_ended: ended } },
    };
  },
});

/** The provider of an address, if it is in use. */
export async function findSignInProvider(tx: Tx, slug: string): Promise<SignInProvider | null> {
  const row = await tx.signInProvider.findFirst({ where: { slug, disabledAt: null } });
  if (!row) return null;
  return {
    ...row,
    clientSecret: openSecret(loadKeyEncryptionKey(readEnv()).key, row.clientSecret, placeOf(row.id)),
    trust: trustRuleShape.parse(row.trust),
    allowance: httpAllowanceSchema.parse(row.allowance),
  };
}

/** What the sign-in page offers: names only. */
export async function listSignInProviders(tx: Tx): Promise<{ slug: string; name: string }[]> {
  return tx.signInProvider.findMany({
    where: { disabledAt: null },
    select: { slug: true, name: true },
    orderBy: { name: 'asc' },
    take: 20,
  });
}

/** A provider as the settings show it. */
export type ConfiguredProvider = {
  id: string;
  slug: string;
  name: string;
  issuer: string;
  linked: number;
  closed: boolean;
};

/** Every sign-in provider of the tenant, closed ones too; never a secret. */
export async function listConfiguredProviders(tx: Tx, tenantId: string): Promise<ConfiguredProvider[]> {
  const rows = await tx.signInProvider.findMany({
    where: { tenantId },
    select: {
      id: true,
      slug: true,
      name: true,
      issuer: true,
      disabledAt: true,
      _count: { select: { identities: true } },
    },
    orderBy: [{ disabledAt: { sort: 'desc', nulls: 'first' } }, { name: 'asc' }],
    take: 100,
  });
  return rows.map(({ _count, disabledAt, ...row }) => ({
    ...row,
    linked: _count.identities,
    closed: disabledAt !== null,
  }));
}
