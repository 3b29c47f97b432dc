import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { noteStep } from '#lib/keys/rotation-ledger.ts';
import { lockIssuer } from '#lib/keys/start-rotation.ts';

const reason = z.string().trim().min(3, 'Say in a few words why; it goes into the audit.').max(500);
const input = z.strictObject({ rotationId: z.uuid(), reason });

/**
 * Lets a halted rotation go on: the check that halted it is made anew, and halts it again if it still fails. Nothing is skipped.
 * @throws Refusal `conflict` when it is not halted
 */
export const resumeRotation = defineCommand({
  action: 'key_rotation_resumed',
  permission: 'keys:propose',
  stepUp: true,
  input,
  async run({ tx, actor, input: { rotationId, reason: why } }) {
    const moved = await tx.$executeRaw`
      UPDATE key_rotations SET state = 'running', halt_reason = NULL, attempts = 0, next_at = clock_timestamp(), lease_until = NULL
      WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${rotationId}::uuid AND state = 'halted'`;
    if (moved === 0) throw new Refusal('conflict', 'This rotation is not halted. Nothing was changed.');
    await noteStep(tx, actor.tenantId, rotationId, {
      step: 'rotation',
      state: 'resumed',
      detail: `${actor.label}: ${why}`,
    });
    return { result: { id: rotationId }, audit: { target: { type: 'key_rotation', id: rotationId }, reason: why } };
  },
});

/**
 * Takes a rotation back while the new key has not signed: the new key is destroyed, the old one goes on as if nothing had been.
 * @throws Refusal `conflict` once the new key signs; then only finishing is safe
 */
export const abandonRotation = defineCommand({
  action: 'key_rotation_abandoned',
  permission: 'keys:propose',
  stepUp: true,
  input,
  async run({ tx, actor, input: { rotationId, reason: why } }) {
    const { tenantId } = actor;
    const rotation = await tx.keyRotation.findUnique({ where: { tenantId_id: { tenantId, id: rotationId } } });
    if (!rotation) throw new Refusal('not_found', 'There is no such rotation.');
    await lockIssuer(tx, tenantId, rotation.issuerId);
    const issuer = await tx.signingIssuer.findUniqueOrThrow({
      where: { tenantId_id: { tenantId, id: rotation.issuerId } },
    });
    if (issuer.kind !== 'own' && rotation.newKeyId)
      throw new Refusal('conflict', `The next key stands at ${issuer.name} already. Finish the rotation.`);
    // The lease is taken away with the state, so a worker in the middle of a step can write nothing more.
    const moved = await tx.$executeRaw`
      UPDATE key_rotations SET state = 'abandoned', halt_reason = NULL, lease_until = NULL, lease_token = lease_token + 1, finished_at = clock_timestamp()
      WHERE tenant_id = ${tenantId}::uuid AND id = ${rotationId}::uuid AND state IN ('running', 'halted') AND kind = 'rotate'
        AND NOT EXISTS (SELECT 1 FROM signing_keys k WHERE k.tenant_id = key_rotations.tenant_id AND k.id = key_rotations.new_key_id AND k.activated_at IS NOT NULL)`;
    if (moved === 0)
      throw new Refusal('conflict', 'The new key signs already, or the rotation has ended. It cannot be taken back.');
    await tx.$executeRaw`
      UPDATE signing_keys SET state = 'destroyed' WHERE tenant_id = ${tenantId}::uuid AND id = ${rotation.newKeyId}::uuid
        AND state IN ('created', 'published')`;
    await noteStep(tx, tenantId, rotationId, {
      step: 'rotation',
      state: 'abandoned',
      detail: `${actor.label}: ${why}`,
    });
    return { result: { id: rotationId }, audit: { target: { type: 'key_rotation', id: rotationId }, reason: why } };
  },
});
