import type { Tx } from '#lib/kernel/db/database.ts';
import type { ItemState } from '#lib/model/revocation.ts';

export type SessionRevocation = {
  itemId: string;
  runId: string;
  state: ItemState;
  reason: string;
  orderedBy: string;
  orderedAt: string;
  attempts: number;
  error: string | null;
  digest: string;
  steps: { seq: number; at: string; state: ItemState; attempt: number; detail: string }[];
};

/** The latest revocation of a session with its ledger, or `null` when none was ever ordered. */
export async function revocationOfSession(
  tx: Tx,
  tenantId: string,
  sessionId: string,
): Promise<SessionRevocation | null> {
  const [row] = await tx.$queryRaw<(Omit<SessionRevocation, 'orderedAt' | 'steps'> & { orderedAt: Date })[]>`
    SELECT i.id::text AS "itemId", i.run_id::text AS "runId", i.state, p.reason, i.attempts, i.error, r.created_at AS "orderedAt",
      encode(p.payload_digest, 'hex') AS digest,
      COALESCE((SELECT o.display_name FROM operators o WHERE o.id = p.proposer_id), (SELECT t.name FROM service_tokens t WHERE t.id = p.proposer_id), 'unknown') AS "orderedBy"
    FROM run_items i JOIN runs r ON r.tenant_id = i.tenant_id AND r.id = i.run_id JOIN proposals p ON p.tenant_id = r.tenant_id AND p.id = r.proposal_id
    WHERE i.tenant_id = ${tenantId}::uuid AND i.session_id = ${sessionId}::uuid ORDER BY r.created_at DESC LIMIT 1`;
  if (!row) return null;
  const steps = await tx.runItemStep.findMany({
    where: { tenantId, itemId: row.itemId },
    orderBy: { seq: 'asc' },
    take: 200,
  });
  return {
    ...row,
    orderedAt: row.orderedAt.toISOString(),
    steps: steps.map(({ seq, at, state, attempt, detail }) => ({
      seq,
      at: at.toISOString(),
      state: state as ItemState,
      attempt,
      detail,
    })),
  };
}
