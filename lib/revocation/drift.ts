import { readProposal } from '#lib/approvals/read-proposal.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { type RevocationParameters, type ScopeContext, scopeCondition, scopeJoins } from '#lib/revocation/scope.ts';

/** Counted up to this; more says "more than". */
export const driftMax = 10_000;

export type DriftedSession = { id: string; who: string; provider: string; startedAt: string; lastSeenAt: string };
/** How the world moved since a set was frozen. It is shown, never added. */
export type Drift = {
  /** In scope by now, but not in the set; of these `startedSince` began after `since`. */
  appeared: number;
  startedSince: number;
  sample: DriftedSession[];
  /** In the set, but ended meanwhile by themselves. */
  ended: number;
};

/** What is in the scope now and not in the frozen set, and what of the set has ended. `since`: the freezing, or the cut-off. */
export async function driftOf(
  tx: Tx,
  context: ScopeContext,
  proposal: { id: string; parameters: RevocationParameters; since: Date },
): Promise<Drift> {
  const appeared = Prisma.sql`${scopeJoins} WHERE ${scopeCondition(context, proposal.parameters)}
    AND NOT EXISTS (SELECT 1 FROM proposal_targets t WHERE t.tenant_id = s.tenant_id AND t.target_id = s.id AND t.proposal_id = ${proposal.id}::uuid)`;
  const [counts] = await tx.$queryRaw<{ appeared: number; startedSince: number }[]>`
    SELECT count(*)::int AS appeared, count(*) FILTER (WHERE started_at > ${proposal.since})::int AS "startedSince"
    FROM (SELECT s.started_at ${appeared} LIMIT ${driftMax}) AS found`;
  const sample =
    counts && counts.appeared > 0
      ? await tx.$queryRaw<
          (Omit<DriftedSession, 'startedAt' | 'lastSeenAt'> & { startedAt: Date; lastSeenAt: Date })[]
        >`
        SELECT s.id::text, COALESCE(p.display_name, p.email, p.subject, 'Unknown person') AS who, v.name AS provider, s.started_at AS "startedAt",
          s.last_seen_at AS "lastSeenAt" ${appeared} ORDER BY s.started_at DESC LIMIT 20`
      : [];
  const [gone] = await tx.$queryRaw<{ ended: number }[]>`
    SELECT count(*)::int AS ended FROM proposal_targets t JOIN sessions s ON s.tenant_id = t.tenant_id AND s.id = t.target_id
    WHERE t.tenant_id = ${context.tenantId}::uuid AND t.proposal_id = ${proposal.id}::uuid AND s.ended_at IS NOT NULL`;
  return {
    appeared: counts?.appeared ?? 0,
    startedSince: counts?.startedSince ?? 0,
    sample: sample.map((row) => ({
      ...row,
      startedAt: row.startedAt.toISOString(),
      lastSeenAt: row.lastSeenAt.toISOString(),
    })),
    ended: gone?.ended ?? 0,
  };
}

/** The drift of a revocation since its cut-off, or since it was frozen while it has none; `null` for another kind. @throws Refusal `not_found` */
export async function readDrift(tx: Tx, actor: Actor, proposalId: string): Promise<Drift | null> {
  const proposal = await readProposal(tx, actor, proposalId);
  if (proposal.kind !== 'revoke-sessions' || !proposal.frozenAt) return null;
  const run = proposal.runId
    ? await tx.run.findUnique({ where: { tenantId_id: { tenantId: actor.tenantId, id: proposal.runId } } })
    : null;
  return driftOf(
    tx,
    { tenantId: actor.tenantId, proposerId: proposal.proposer.id },
    {
      id: proposalId,
      parameters: proposal.parameters as unknown as RevocationParameters,
      since: run?.cutoffAt ?? new Date(proposal.frozenAt),
    },
  );
}
