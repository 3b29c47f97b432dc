import { kindsFor } from '#lib/approvals/list-proposals.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { ItemState, ProposalKind, RunState } from '#lib/model/operations.ts';

/** How far a run is: what its page shows and its stream sends. Times are ISO 8601, spans in seconds. */
export type RunProgress = {
  id: string;
  proposalId: string;
  kind: ProposalKind;
  state: RunState;
  note: string | null;
  reason: string;
  proposer: string;
  items: number;
  states: Partial<Record<ItemState, number>>;
  lanes: { name: string; states: Partial<Record<ItemState, number>> }[];
  failures: { cause: string; items: number; example: string }[];
  proposedAt: string;
  cutoffAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** From the first rehearsal to the cut-off, and to the proof of the last item. */
  secondsToCutoff: number;
  secondsToProof: number | null;
  /** Items brought to an end a second, on average since the start; `null` before the first. */
  perSecond: number | null;
  /** By that rate; `null` when it cannot be said. */
  secondsLeft: number | null;
  /** The database's time of this reading. */
  at: string;
};

/** How far a run is. Counts come from the tallies, which cost the same for a million items. @throws Refusal `not_found` */
export async function readRun(tx: Tx, actor: Actor, id: string): Promise<RunProgress> {
  const { tenantId } = actor;
  const [run] = await tx.$queryRaw<
    {
      proposalId: string;
      kind: ProposalKind;
      state: RunState;
      note: string | null;
      reason: string;
      proposer: string;
      items: number;
      proposedAt: Date;
      cutoffAt: Date;
      startedAt: Date | null;
      finishedAt: Date | null;
      at: Date;
    }[]
  >`
    SELECT r.proposal_id::text AS "proposalId", r.kind, r.state, r.note, p.reason, p.proposer_label AS proposer, p.target_count AS items,
      p.created_at AS "proposedAt", r.cutoff_at AS "cutoffAt", r.started_at AS "startedAt", r.finished_at AS "finishedAt", clock_timestamp()::timestamptz(3) AS at
    FROM runs r JOIN proposals p ON p.tenant_id = r.tenant_id AND p.id = r.proposal_id
    WHERE r.tenant_id = ${tenantId}::uuid AND r.id = ${id}::uuid AND r.kind = ANY(${kindsFor(actor, 'read')}::text[])`;
  if (!run) throw new Refusal('not_found', 'There is no such run.');
  const tallies = await tx.$queryRaw<{ name: string | null; state: ItemState; items: number }[]>`
    SELECT v.name, t.state, t.items FROM run_tallies t LEFT JOIN providers v ON v.tenant_id = t.tenant_id AND v.id = t.lane
    WHERE t.tenant_id = ${tenantId}::uuid AND t.run_id = ${id}::uuid AND t.items > 0 ORDER BY v.name, t.state`;
  const failures = await tx.$queryRaw<RunProgress['failures']>`
    SELECT COALESCE(cause, 'unknown') AS cause, count(*)::int AS items, min(error) AS example FROM run_items
    WHERE tenant_id = ${tenantId}::uuid AND run_id = ${id}::uuid AND state = 'failed' GROUP BY 1 ORDER BY 2 DESC LIMIT 20`;
  const states: RunProgress['states'] = {};
  const lanes = new Map<string, RunProgress['states']>();
  for (const { name, state, items } of tallies) {
    states[state] = (states[state] ?? 0) + items;
    const lane = lanes.get(name ?? 'Gatehouse') ?? {};
    lane[state] = (lane[state] ?? 0) + items;
    lanes.set(name ?? 'Gatehouse', lane);
  }
  const ended = (states.verified ?? 0) + (states.failed ?? 0) + (states.skipped ?? 0);
  const seconds = (from: Date, to: Date) => Math.max(0, (to.getTime() - from.getTime()) / 1_000);
  const spent = run.startedAt ? seconds(run.startedAt, run.finishedAt ?? run.at) : 0;
  const perSecond = ended > 0 && spent > 0 ? ended / spent : null;
  const goesOn = run.finishedAt === null && run.state === 'running';
  return {
    ...run,
    id,
    states,
    lanes: [...lanes].map(([name, of]) => ({ name, states: of })),
    failures,
    proposedAt: run.proposedAt.toISOString(),
    cutoffAt: run.cutoffAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    secondsToCutoff: seconds(run.proposedAt, run.cutoffAt),
    secondsToProof: run.finishedAt ? seconds(run.proposedAt, run.finishedAt) : null,
    perSecond,
    secondsLeft: goesOn && perSecond ? (run.items - ended) / perSecond : null,
    at: run.at.toISOString(),
  };
}

export type ItemRow = {
  position: number;
  state: ItemState;
  label: string;
  reference: string;
  targetType: string;
  targetId: string;
  provider: string | null;
  attempts: number;
  cause: string | null;
  error: string | null;
  finishedAt: string | null;
};

/** A page of a run's items in their order, of one state when asked. `next` is the position to go on after. */
export async function listItems(
  tx: Tx,
  tenantId: string,
  runId: string,
  page: { after: number; limit: number; state?: string | undefined },
): Promise<{ rows: ItemRow[]; next: number | null }> {
  const rows = await tx.$queryRaw<(Omit<ItemRow, 'finishedAt'> & { finishedAt: Date | null })[]>`
    SELECT i.position, i.state, t.label, t.reference, t.target_type AS "targetType", t.target_id::text AS "targetId", v.name AS provider,
      i.attempts, i.cause, i.error, i.finished_at AS "finishedAt"
    FROM run_items i JOIN runs r ON r.tenant_id = i.tenant_id AND r.id = i.run_id
    JOIN proposal_targets t ON t.tenant_id = r.tenant_id AND t.proposal_id = r.proposal_id AND t.position = i.position
    LEFT JOIN providers v ON v.tenant_id = t.tenant_id AND v.id = t.provider_id
    WHERE i.tenant_id = ${tenantId}::uuid AND i.run_id = ${runId}::uuid AND i.position > ${page.after}::int
      AND ${page.state ? Prisma.sql`i.state = ${page.state}` : Prisma.sql`true`}
    ORDER BY i.position LIMIT ${page.limit + 1}`;
  const shown = rows.slice(0, page.limit).map((row) => ({ ...row, finishedAt: row.finishedAt?.toISOString() ?? null }));
  return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.position ?? null) : null };
}
