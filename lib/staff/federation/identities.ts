import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import { notifyOperator } from '#lib/staff/outbox/queue-notice.ts';

/** An account at a sign-in provider: the provider's short name, and the subject its tokens carry. Never an e-mail. */
export const identityShape = z.strictObject({
  provider: z.string().min(1).max(40),
  subject: z.string().min(1).max(255),
});
export type IdentityGiven = z.output<typeof identityShape>;

/**
 * Links an account at a provider to an operator in the caller's transaction: (issuer, subject) is the identity, and nobody else may
 * have it (ASVS 6.8.1). @throws Refusal `not_found`, `conflict`
 */
export async function linkInTransaction(
  tx: Tx,
  input: { tenantId: string; operatorId: string; identity: IdentityGiven; linkedBy: string },
): Promise<string> {
  const provider = await tx.signInProvider.findFirst({
    where: { slug: input.identity.provider, tenantId: input.tenantId, disabledAt: null },
    select: { id: true, issuer: true, name: true },
  });
  if (!provider) throw new Refusal('not_found', 'There is no such sign-in provider in use. Nothing was linked.');
  const id = newId();
  const linked = await tx.$executeRaw`
    INSERT INTO operator_identities (id, operator_id, provider_id, issuer, subject, linked_by)
    VALUES (${id}::uuid, ${input.operatorId}::uuid, ${provider.id}::uuid, ${provider.issuer}, ${input.identity.subject}, ${input.linkedBy})
    ON CONFLICT (issuer, subject) DO NOTHING`;
  if (linked === 0) throw new Refusal('conflict', 'This account is linked to an operator already. Nothing was linked.');
  await notifyOperator(tx, {
    tenantId: input.tenantId,
    operatorId: input.operatorId,
    kind: 'authenticators',
    subject: `Gatehouse: an account at ${provider.name} was linked`,
    text: `From now on the account "${input.identity.subject}" at ${provider.name} may sign in to Gatehouse as you, together with your passkey or by the provider's own second factor. It was linked by ${input.linkedBy}. If you did not expect this, tell another administrator at once.`,
  });
  return id;
}

/** Links an account at a provider to somebody else's operator account. Nobody links one to themselves. */
export const linkIdentity = defineCommand({
  action: 'user_identity_linked',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ operatorId: z.uuid(), identity: identityShape }),
  async run({ tx, actor, input: { operatorId, identity } }) {
    if (operatorId === actor.id)
      throw new Refusal('forbidden', 'Nobody gives themselves another way in. Ask another administrator.');
    const here = await tx.operatorRole.findFirst({ where: { tenantId: actor.tenantId, operatorId } });
    if (!here) throw new Refusal('not_found', 'There is no such operator here. Nothing was linked.');
    const id = await linkInTransaction(tx, { tenantId: actor.tenantId, operatorId, identity, linkedBy: actor.label });
    return { result: { id }, audit: { target: { type: 'operator', id: operatorId }, detail: { ...identity } } };
  },
});

/** Takes a link away; the sessions that began with it end. Operators may unlink their own. @throws Refusal `not_found` */
export const unlinkIdentity = defineCommand({
  action: 'user_identity_unlinked',
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({ identityId: z.uuid() }),
  async run({ tx, actor, input: { identityId } }) {
    const mayAll = actor.permissions.has('staff:manage');
    const gone = await tx.$queryRaw<{ operatorId: string; subject: string }[]>`
      DELETE FROM operator_identities i USING sign_in_providers p
      WHERE i.id = ${identityId}::uuid AND p.id = i.provider_id
        AND (i.operator_id = ${actor.id}::uuid OR (${mayAll} AND p.tenant_id = ${actor.tenantId}::uuid))
      RETURNING i.operator_id::text AS "operatorId", i.subject`;
    const [row] = gone;
    if (!row) throw new Refusal('not_found', 'There is no such linked account any more. Nothing was changed.');
    await tx.$executeRaw`
      UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = 'its linked account was unlinked'
      WHERE identity_id = ${identityId}::uuid AND ended_at IS NULL`;
    await notifyOperator(tx, {
      tenantId: actor.tenantId,
      operatorId: row.operatorId,
      kind: 'authenticators',
      subject: 'Gatehouse: a linked account was unlinked',
      text: `The account "${row.subject}" cannot sign in to Gatehouse as you any more. It was unlinked by ${actor.label}.`,
    });
    return {
      result: {},
      audit: { target: { type: 'operator', id: row.operatorId }, detail: { subject: row.subject } },
    };
  },
});
