import type { Tx } from '#lib/kernel/db/database.ts';
import { StepRefused } from '#lib/keys/lifecycle.ts';
import { insertOwnKey } from '#lib/keys/own-issuer.ts';
import type { ClaimedRotation } from '#lib/keys/rotation-ledger.ts';
import type { KeyState } from '#lib/model/signing-key.ts';

/**
 * Takes one step with keys of our own, in the caller's transaction. Safe to repeat: a step that was taken is found taken. The
 * database refuses what comes too early or would leave another number of active keys than one.
 * @throws StepRefused when the keys are not as the step needs them
 */
export async function takeOwnStep(
  tx: Tx,
  tenantId: string,
  rotation: ClaimedRotation,
): Promise<{ newKeyId?: string; detail: string }> {
  const { step, issuerId, oldKeyId } = rotation;
  if (step === 'kill') return killOwnKey(tx, tenantId, rotation);
  if (step === 'publish') {
    const made = rotation.newKeyId
      ? { id: rotation.newKeyId }
      : await insertOwnKey(tx, { tenantId, issuerId, state: 'created' });
    await moveKey(tx, tenantId, made.id, 'created', 'published');
    return { newKeyId: made.id, detail: 'The next key stands in the key set' };
  }
  const { newKeyId } = rotation;
  if (!newKeyId) throw new StepRefused('The next key was never made.');
  switch (step) {
    case 'activate':
      await moveKey(tx, tenantId, oldKeyId, 'active', 'retiring');
      await moveKey(tx, tenantId, newKeyId, 'published', 'active');
      return { detail: 'The next key signs; the old one is still trusted' };
    case 'retire':
      await moveKey(tx, tenantId, oldKeyId, 'retiring', 'retired');
      return { detail: 'The old key left the key set' };
    case 'destroy':
      await moveKey(tx, tenantId, oldKeyId, 'retired', 'destroyed');
      return { detail: 'The private half of the old key was destroyed' };
    default:
      return step satisfies never;
  }
}

async function killOwnKey(
  tx: Tx,
  tenantId: string,
  rotation: ClaimedRotation,
): Promise<{ newKeyId?: string; detail: string }> {
  const { issuerId, oldKeyId } = rotation;
  const victim = await tx.signingKey.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: oldKeyId } } });
  if (victim.state === 'compromised') return { detail: 'The key was killed already' };
  await moveKey(tx, tenantId, oldKeyId, victim.state as KeyState, 'compromised');
  if (victim.state !== 'active') return { detail: 'The key left the key set; the key that signs stays' };
  const next = await tx.signingKey.findFirst({
    where: { tenantId, issuerId, state: { in: ['published', 'created'] } },
  });
  if (!next) {
    const heir = await insertOwnKey(tx, { tenantId, issuerId, state: 'active' });
    return { newKeyId: heir.id, detail: 'The key left the key set; a new key signs at once, without lead time' };
  }
  await tx.$executeRaw`
    UPDATE signing_keys SET state = 'active', lead_waived = true
    WHERE tenant_id = ${tenantId}::uuid AND id = ${next.id}::uuid AND state IN ('published', 'created')`;
  return { newKeyId: next.id, detail: 'The key left the key set; the next key signs at once, whatever its lead time' };
}

async function moveKey(tx: Tx, tenantId: string, id: string, from: KeyState, to: KeyState): Promise<void> {
  const moved = await tx.$executeRaw`
    UPDATE signing_keys SET state = ${to} WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND state = ${from}`;
  if (moved > 0) return;
  const key = await tx.signingKey.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (key?.state !== to)
    throw new StepRefused(`The key is ${key?.state ?? 'gone'}, not ${from}; the step was not taken.`);
}
