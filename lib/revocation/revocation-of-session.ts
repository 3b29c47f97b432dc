import { itemLedger, type LedgerStep } from '#lib/execution/read-ledger.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import type { ItemState } from '#lib/model/operations.ts';

export type SessionRevocation = {
  proposalId: string;
  runId: string;
  state: ItemState;
  reason: string;
  orderedBy: string;
  orderedAt: string;
  attempts: number;
  error: string | null;
  digest: string;
  steps: LedgerStep[];
};

/** The latest revocation of a session with its ledger, or `null` when none was ever ordered. */
export async function revocationOfSession(
  tx: Tx,
  tenantId: string,
  sessionId: string,
): Promise<SessionRevocation | null> {
  const [row] = await tx.$queryRaw<
    (Omit<SessionRevocation, 'orderedAt' | 'steps'> & { orderedAt: Date; position: number })[]
  >`
    SELECT p.id::text AS "proposalId", r.id::text AS "runId", COALESCE(i.state, CASE r.state WHEN 'void' THEN 'failed' ELSE 'planned' END) AS state,
      p.reason, COALESCE(i.attempts, 0) AS attempts, COALESCE(i.error, r.note) AS error, r.created_at AS "orderedAt",
      encode(p.payload_digest, 'hex') AS digest, p.proposer_label AS "orderedBy", t.position
    FROM proposal_targets t JOIN proposals p ON p.tenant_id = t.tenant_id AND p.id = t.proposal_id
    JOIN runs r ON r.tenant_id = p.tenant_id AND r.proposal_id = p.id
    LEFT JOIN run_items i ON i.tenant_id = r.tenant_id AND i.run_id = r.id AND i.position = t.position
    WHERE t.tenant_id = ${tenantId}::uuid AND t.target_id = ${sessionId}::uuid AND t.target_type = 'session' ORDER BY r.created_at DESC LIMIT 1`;
  if (!row) return null;
  const { position, ...revocation } = row;
  return {
    ...revocation,
    orderedAt: row.orderedAt.toISOString(),
    steps: await itemLedger(tx, tenantId, row.runId, position),
  };
}
