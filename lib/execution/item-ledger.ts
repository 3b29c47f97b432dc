import type { Tx } from '#lib/kernel/db/database.ts';
import type { ItemState } from '#lib/model/revocation.ts';

/** How long a worker holds an item before another may take it. Seconds. */
export const leaseSeconds = 30;
/** After this many attempts, or this long, an item has failed. */
export const attemptsMax = 20;
export const attemptHoursMax = 24;

export type ClaimedItem = {
  id: string;
  runId: string;
  proposalId: string;
  sessionId: string;
  providerId: string;
  sourceSessionId: string;
  state: ItemState;
  attempts: number;
  leaseToken: number;
  orderedAt: Date;
  cutoffAt: Date;
  proposerId: string;
  reason: string;
};

/** Thrown when this worker lost its lease: somebody else has the item now, so nothing may be written. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/**
 * Claims items that are due: leased for 30 s by the database's clock, with a new fencing token each, skipping what others hold.
 * An item whose worker died becomes due again when its lease runs out.
 */
export function claimItems(tx: Tx, tenantId: string, most: number): Promise<ClaimedItem[]> {
  return tx.$queryRaw<ClaimedItem[]>`
    UPDATE run_items i SET lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}), lease_token = i.lease_token + 1
    FROM runs r JOIN proposals p ON p.tenant_id = r.tenant_id AND p.id = r.proposal_id
    WHERE r.tenant_id = i.tenant_id AND r.id = i.run_id AND (i.tenant_id, i.id) IN (
      SELECT d.tenant_id, d.id FROM run_items d
      WHERE d.tenant_id = ${tenantId}::uuid AND d.finished_at IS NULL AND d.next_attempt_at <= clock_timestamp()
        AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())
      ORDER BY d.next_attempt_at LIMIT ${most} FOR UPDATE SKIP LOCKED)
    RETURNING i.id::text, i.run_id::text AS "runId", r.proposal_id::text AS "proposalId", i.session_id::text AS "sessionId",
      i.provider_id::text AS "providerId", i.source_session_id AS "sourceSessionId", i.state, i.attempts, i.lease_token AS "leaseToken",
      r.created_at AS "orderedAt", r.cutoff_at AS "cutoffAt", p.proposer_id::text AS "proposerId", p.reason`;
}

/**
 * Moves a claimed item one step and writes the step into the ledger, in the caller's transaction. The fencing token is part of
 * the WHERE. `waitSeconds`: when it is due again (its lease is given back); without it the lease goes on.
 * @throws LeaseLost
 */
export async function moveItem(
  tx: Tx,
  tenantId: string,
  item: ClaimedItem,
  step: { to: ItemState; detail: string; attempts?: number; waitSeconds?: number; error?: string | null },
): Promise<ClaimedItem> {
  const finished = step.to === 'verified' || step.to === 'failed';
  const attempts = step.attempts ?? item.attempts;
  const wait = step.waitSeconds ?? null;
  const moved = await tx.$executeRaw`
    UPDATE run_items SET state = ${step.to}, attempts = ${attempts}, error = ${step.error ?? null},
      finished_at = CASE WHEN ${finished} THEN clock_timestamp() END,
      next_attempt_at = CASE WHEN ${wait}::float8 IS NULL THEN next_attempt_at ELSE clock_timestamp() + make_interval(secs => ${wait}::float8) END,
      lease_until = CASE WHEN ${finished || wait !== null} THEN NULL ELSE clock_timestamp() + make_interval(secs => ${leaseSeconds}) END
    WHERE tenant_id = ${tenantId}::uuid AND id = ${item.id}::uuid AND lease_token = ${item.leaseToken} AND finished_at IS NULL`;
  if (moved === 0) throw new LeaseLost(`item ${item.id} is another worker's now`);
  await tx.$executeRaw`
    INSERT INTO run_item_steps (tenant_id, item_id, seq, at, state, attempt, detail)
    SELECT ${tenantId}::uuid, ${item.id}::uuid, COALESCE(max(seq), 0) + 1, clock_timestamp(), ${step.to}, ${attempts}, ${step.detail.slice(0, 500)}
    FROM run_item_steps WHERE tenant_id = ${tenantId}::uuid AND item_id = ${item.id}::uuid`;
  return { ...item, state: step.to, attempts };
}

/** Seconds to wait before the next attempt: exponential up to five minutes, with full jitter. */
export function backoffSeconds(attempt: number, random: () => number = Math.random): number {
  return 0.5 + random() * Math.min(2 ** attempt, 300);
}
