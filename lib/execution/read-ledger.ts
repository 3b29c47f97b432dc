import type { Tx } from '#lib/kernel/db/database.ts';
import type { ItemState } from '#lib/model/operations.ts';

export type LedgerStep = { seq: number; at: string; state: ItemState; attempt: number; detail: string };

/** The ledger of one item, oldest first. Its own row, made when the run started, is the first step: planned. */
export async function itemLedger(tx: Tx, tenantId: string, runId: string, position: number): Promise<LedgerStep[]> {
  const rows = await tx.$queryRaw<(Omit<LedgerStep, 'at'> & { at: Date })[]>`
    SELECT 0 AS seq, COALESCE(r.started_at, r.created_at) AS at, 'planned' AS state, 0 AS attempt, 'Planned when the run started' AS detail
    FROM runs r JOIN run_items i ON i.tenant_id = r.tenant_id AND i.run_id = r.id
    WHERE r.tenant_id = ${tenantId}::uuid AND r.id = ${runId}::uuid AND i.position = ${position}::int
    UNION ALL
    SELECT s.seq, s.at, s.state, s.attempt, s.detail FROM run_item_steps s
    WHERE s.tenant_id = ${tenantId}::uuid AND s.run_id = ${runId}::uuid AND s.position = ${position}::int
    ORDER BY seq LIMIT 500`;
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
