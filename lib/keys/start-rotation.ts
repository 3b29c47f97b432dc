import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import { activeKey, keysOf, loadIssuer } from '#lib/keys/issuers.ts';
import { leadSecondsOf } from '#lib/keys/lifecycle.ts';
import { noteStep } from '#lib/keys/rotation-ledger.ts';
import { type KeyPolicy, overlapSecondsOf } from '#lib/model/signing-key.ts';

/** When each step falls due, in seconds after the one before it. What the proposal shows, freezes and is signed for. */
export type RotationPlan = { publishAfter: 0; activateAfter: number; retireAfter: number; destroyAfter: number };

/** The plan that an issuer's policy gives. */
export function planOf(policy: KeyPolicy): RotationPlan {
  return {
    publishAfter: 0,
    activateAfter: leadSecondsOf(policy),
    retireAfter: overlapSecondsOf(policy),
    destroyAfter: policy.keepSeconds,
  };
}

/**
 * Starts what was approved: the rotation row, with its first step due at once. Called in the transaction of the approved run;
 * of two for one issuer the second is refused, by the database too. Starting the same proposal twice finds the first.
 * @throws Refusal `conflict` when a rotation is open, or the key that was to be replaced signs no more
 */
export async function startRotation(
  tx: Tx,
  input: {
    tenantId: string;
    proposalId: string;
    issuerId: string;
    kind: 'rotate' | 'kill';
    keyId: string;
    reason: string;
  },
): Promise<string> {
  const { tenantId, proposalId, issuerId, kind, keyId, reason } = input;
  const before = await tx.keyRotation.findUnique({ where: { tenantId_proposalId: { tenantId, proposalId } } });
  if (before) return before.id;
  await lockIssuer(tx, tenantId, issuerId);
  const issuer = await loadIssuer(tx, tenantId, issuerId);
  const keys = await keysOf(tx, tenantId, issuerId);
  if (kind === 'rotate' && activeKey(keys).id !== keyId)
    throw new Refusal(
      'conflict',
      'The key that was to be replaced does not sign any more. Propose the rotation again.',
    );
  const victim = keys.find(({ id }) => id === keyId);
  if (!victim || victim.state === 'compromised' || victim.state === 'destroyed')
    throw new Refusal('conflict', 'This key is gone already. Nothing was changed.');
  if (kind === 'kill') await closeOpenRotation(tx, tenantId, issuerId);
  const id = newId();
  const made = await tx.$executeRaw`
    INSERT INTO key_rotations (tenant_id, id, issuer_id, proposal_id, kind, reason, state, old_key_id, timetable, next_step, next_at, step_state)
    VALUES (${tenantId}::uuid, ${id}::uuid, ${issuerId}::uuid, ${proposalId}::uuid, ${kind}, ${reason}, 'running', ${keyId}::uuid,
      ${JSON.stringify(planOf(issuer.policy))}::jsonb, ${kind === 'kill' ? 'kill' : 'publish'}, clock_timestamp(), 'planned')
    ON CONFLICT DO NOTHING`;
  if (made === 0)
    throw new Refusal('conflict', 'A rotation of this issuer is already under way. Finish or abandon it first.');
  await noteStep(tx, tenantId, id, {
    step: 'rotation',
    state: 'planned',
    detail: kind === 'kill' ? 'The key is killed at once' : 'Started; the next key is published first',
  });
  return id;
}

/** Two that change an issuer's keys take turns. */
export async function lockIssuer(tx: Tx, tenantId: string, issuerId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM signing_issuers WHERE tenant_id = ${tenantId}::uuid AND id = ${issuerId}::uuid FOR UPDATE`;
}

/** A kill does not wait for a rotation: whatever was open ends here, and what it left behind is cleaned up on time. */
async function closeOpenRotation(tx: Tx, tenantId: string, issuerId: string): Promise<void> {
  const closed = await tx.$queryRaw<{ id: string }[]>`
    UPDATE key_rotations SET state = 'abandoned', halt_reason = NULL, lease_until = NULL, finished_at = clock_timestamp()
    WHERE tenant_id = ${tenantId}::uuid AND issuer_id = ${issuerId}::uuid AND state IN ('running', 'halted') RETURNING id::text`;
  for (const { id } of closed)
    await noteStep(tx, tenantId, id, {
      step: 'rotation',
      state: 'abandoned',
      detail: 'A key of this issuer is killed',
    });
}
