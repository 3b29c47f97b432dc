import type { Tx } from '#lib/kernel/db/database.ts';
import type { RotationStep } from '#lib/model/signing-key.ts';

/** How long a worker holds a rotation before another may take it. Seconds. */
const leaseSeconds = 30;

export type StepName = RotationStep | 'kill';
export type StepState = 'planned' | 'sending' | 'confirmed' | 'verified';

export type ClaimedRotation = {
  id: string;
  issuerId: string;
  kind: 'rotate' | 'kill';
  oldKeyId: string;
  newKeyId: string | null;
  step: StepName;
  stepState: StepState;
  attempts: number;
  leaseToken: number;
  reason: string;
};

/** Thrown when another worker has the rotation now, or somebody halted or abandoned it meanwhile: nothing may be written. */
export class RotationLost extends Error {
  override name = 'RotationLost';
}

/** Claims rotations that are due, by the database's clock; one whose worker died is due again when its lease runs out. */
export function claimRotations(tx: Tx, tenantId: string, most: number): Promise<ClaimedRotation[]> {
  return tx.$queryRaw<ClaimedRotation[]>`
    UPDATE key_rotations r SET lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}), lease_token = r.lease_token + 1
    WHERE (r.tenant_id, r.id) IN (
      SELECT d.tenant_id, d.id FROM key_rotations d
      WHERE d.tenant_id = ${tenantId}::uuid AND d.state = 'running' AND d.next_at <= clock_timestamp()
        AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())
      ORDER BY d.next_at LIMIT ${most} FOR UPDATE SKIP LOCKED)
    RETURNING r.id::text, r.issuer_id::text AS "issuerId", r.kind, r.old_key_id::text AS "oldKeyId", r.new_key_id::text AS "newKeyId",
      r.next_step AS step, r.step_state AS "stepState", r.attempts, r.lease_token AS "leaseToken", r.reason`;
}

/** Adds a line to a rotation's ledger. */
export async function noteStep(
  tx: Tx,
  tenantId: string,
  rotationId: string,
  line: {
    step: StepName | 'rotation';
    state: StepState | 'halted' | 'resumed' | 'abandoned' | 'waiting';
    detail: string;
  },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO key_rotation_steps (tenant_id, rotation_id, seq, at, step, state, detail)
    SELECT ${tenantId}::uuid, ${rotationId}::uuid, COALESCE(max(seq), 0) + 1, clock_timestamp(), ${line.step}, ${line.state}, ${line.detail.slice(0, 500)}
    FROM key_rotation_steps WHERE tenant_id = ${tenantId}::uuid AND rotation_id = ${rotationId}::uuid`;
}

/** Moves the current step of a claimed rotation and writes it down. The fencing token is part of the WHERE. @throws RotationLost */
export async function moveStep(
  tx: Tx,
  tenantId: string,
  rotation: ClaimedRotation,
  to: { state: StepState; detail: string; newKeyId?: string },
): Promise<ClaimedRotation> {
  const newKeyId = to.newKeyId ?? rotation.newKeyId;
  const moved = await tx.$executeRaw`
    UPDATE key_rotations SET step_state = ${to.state}, new_key_id = ${newKeyId}::uuid,
      lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    WHERE tenant_id = ${tenantId}::uuid AND id = ${rotation.id}::uuid AND lease_token = ${rotation.leaseToken} AND state = 'running'`;
  if (moved === 0) throw new RotationLost(`rotation ${rotation.id} is not this worker's any more`);
  await noteStep(tx, tenantId, rotation.id, { step: rotation.step, state: to.state, detail: to.detail });
  return { ...rotation, stepState: to.state, newKeyId };
}

/**
 * Ends a worker's hold: goes on to the next step at a moment, looks again later, halts, or is done. @throws RotationLost
 */
export async function releaseRotation(
  tx: Tx,
  tenantId: string,
  rotation: ClaimedRotation,
  to:
    | { next: StepName; at: Date }
    | { again: number; attempts: number; detail: string }
    | { halt: string }
    | { done: true },
): Promise<void> {
  const { id, leaseToken, step, stepState } = rotation;
  const next = 'next' in to ? to.next : 'done' in to ? null : step;
  const at = 'next' in to ? to.at : null;
  const again = 'again' in to ? to.again : null;
  const halt = 'halt' in to ? to.halt.slice(0, 500) : null;
  const state = 'halt' in to ? 'halted' : 'done' in to ? 'done' : 'running';
  const moved = await tx.$executeRaw`
    UPDATE key_rotations SET state = ${state}, next_step = ${next}, step_state = ${'next' in to ? 'planned' : stepState},
      attempts = ${'attempts' in to ? to.attempts : 0}, halt_reason = ${halt},
      next_at = CASE WHEN ${again}::float8 IS NOT NULL THEN clock_timestamp() + make_interval(secs => ${again}::float8) ELSE ${at}::timestamptz END,
      lease_until = NULL, finished_at = CASE WHEN ${state === 'done'} THEN clock_timestamp() END
    WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND lease_token = ${leaseToken} AND state = 'running'`;
  if (moved === 0) throw new RotationLost(`rotation ${id} is not this worker's any more`);
  if ('again' in to) await noteStep(tx, tenantId, id, { step, state: 'waiting', detail: to.detail });
  if (halt !== null) await noteStep(tx, tenantId, id, { step, state: 'halted', detail: halt });
}
