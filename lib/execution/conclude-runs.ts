import type { Effects } from '#lib/execution/effect.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import type { ProposalKind } from '#lib/model/operations.ts';

/** Ends the runs of which nothing is left to do. A run with an item that is not proved done has failed, and says so. @returns those that ended */
export async function concludeRuns(
  tx: Tx,
  tenantId: string,
  effects: Effects,
  runIds: readonly string[],
): Promise<Map<string, string>> {
  const ended = await tx.$queryRaw<
    {
      id: string;
      proposalId: string;
      kind: ProposalKind;
      state: string;
      verified: number;
      failed: number;
      skipped: number;
    }[]
  >`
    WITH sums AS (
      SELECT r.id, sum(t.items) FILTER (WHERE t.state IN ('planned', 'sending', 'confirmed', 'unknown')) AS open, sum(t.items) AS items,
        COALESCE(sum(t.items) FILTER (WHERE t.state = 'verified'), 0)::int AS verified, COALESCE(sum(t.items) FILTER (WHERE t.state = 'failed'), 0)::int AS failed,
        COALESCE(sum(t.items) FILTER (WHERE t.state = 'skipped'), 0)::int AS skipped
      FROM runs r JOIN run_tallies t ON t.tenant_id = r.tenant_id AND t.run_id = r.id
      WHERE r.tenant_id = ${tenantId}::uuid AND r.id = ANY(${runIds as string[]}::uuid[]) GROUP BY r.id)
    UPDATE runs r SET state = CASE WHEN r.state = 'aborted' THEN 'aborted' WHEN sums.failed + sums.skipped > 0 THEN 'failed' ELSE 'done' END,
      finished_at = clock_timestamp()
    FROM sums, proposals p
    WHERE r.tenant_id = ${tenantId}::uuid AND r.id = sums.id AND p.tenant_id = r.tenant_id AND p.id = r.proposal_id
      AND r.state IN ('running', 'aborted') AND r.finished_at IS NULL AND COALESCE(sums.open, 0) = 0 AND sums.items = p.target_count
    RETURNING r.id::text, r.proposal_id::text AS "proposalId", r.kind, r.state, sums.verified, sums.failed, sums.skipped`;
  for (const run of ended) {
    await effects[run.kind].onFinished?.(tx, tenantId, run);
    await appendAudit(tx, systemActor(tenantId, 'Gatehouse worker'), {
      action: 'run_finished',
      outcome: run.state === 'done' ? 'success' : 'failure',
      target: { type: 'run', id: run.id },
      detail: {
        proposal: run.proposalId,
        kind: run.kind,
        state: run.state,
        verified: run.verified,
        failed: run.failed,
        skipped: run.skipped,
      },
    });
  }
  return new Map(ended.map(({ id, state }) => [id, state]));
}
