import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { ItemState, ProposalKind } from '#lib/model/operations.ts';

/** How long a worker holds an item before another may take it. Seconds. */
export const leaseSeconds = 30;
/** After this many attempts, or this long, an item has failed. */
export const attemptsMax = 20;
export const attemptHoursMax = 24;

/** A run with something to do in one lane. */
export type DueLane = { runId: string; kind: ProposalKind; lane: string; state: string; sequential: boolean };

export type ClaimedItem = {
  runId: string;
  position: number;
  lane: string;
  kind: ProposalKind;
  proposalId: string;
  /** How many items the whole run has. */
  runSize: number;
  reason: string;
  cutoffAt: Date;
  /** The state before the claim; anything but `planned` means that an earlier call may have taken effect. */
  was: ItemState;
  state: ItemState;
  attempts: number;
  looks: number;
  leaseToken: number;
  /** Hours since the run started, by the database's clock. */
  ageHours: number;
  targetType: string;
  targetId: string;
  personId: string | null;
  providerId: string | null;
  reference: string;
  label: string;
  detail: string | null;
};

/** One step of an item, for `moveItems`. `waitSeconds`: when it is due again (its lease is given back); without it the lease goes on. */
export type Move = {
  item: ClaimedItem;
  to: ItemState;
  detail: string;
  attempts?: number;
  looks?: number;
  waitSeconds?: number;
  error?: string | null;
  /** A short stable word that failures are counted by. */
  cause?: string | null;
};

/** The lanes in which something is due. Paused runs only look again at what was confirmed; stopped ones end what was begun. */
export async function dueLanes(tx: Tx, tenantId: string): Promise<DueLane[]> {
  await byDueIndex(tx);
  return tx.$queryRaw<DueLane[]>`
    SELECT r.id::text AS "runId", r.kind, r.state, r.sequential, lanes.lane::text
    FROM runs r CROSS JOIN LATERAL (SELECT DISTINCT t.lane FROM run_tallies t WHERE t.tenant_id = r.tenant_id AND t.run_id = r.id
      AND t.items > 0 AND t.state IN ('planned', 'sending', 'confirmed', 'unknown')) AS lanes
    WHERE r.tenant_id = ${tenantId}::uuid AND r.finished_at IS NULL AND r.state IN ('running', 'paused', 'aborted')
      AND (SELECT true FROM run_items d WHERE d.tenant_id = r.tenant_id AND d.run_id = r.id AND d.lane = lanes.lane AND ${isDue} AND ${mayBegin}
        ORDER BY d.next_attempt_at, d.position LIMIT 1)
    ORDER BY r.created_at`;
}

/**
 * While a new run has no statistics, every way to its rows looks equally short to the planner, and it may read all of them for one.
 * Without a sort only the index of what is due gives the order that is asked for.
 */
async function byDueIndex(tx: Tx): Promise<void> {
  await tx.$executeRaw`SET LOCAL enable_sort = off`;
}

const isDue = Prisma.sql`d.finished_at IS NULL AND d.next_attempt_at <= statement_timestamp() AND (d.lease_until IS NULL OR d.lease_until < statement_timestamp())`;
const mayBegin = Prisma.sql`(r.state = 'running' OR (r.state = 'aborted' AND d.state <> 'planned') OR (r.state = 'paused' AND d.state = 'confirmed'))
  AND (NOT r.sequential OR NOT EXISTS (SELECT 1 FROM run_items e WHERE e.tenant_id = d.tenant_id AND e.run_id = d.run_id
    AND e.position < d.position AND e.state <> 'verified'))`;

/**
 * Claims up to `most` due items of a lane for 30 s by the database's clock, with a new fencing token each, skipping what others
 * hold, and writes "sending" into the ledger: when this transaction commits, the provider may be asked. What a dead worker left in
 * the middle of a call becomes "unknown" first, so that it is looked at before it is asked again.
 */
export async function claimItems(
  tx: Tx,
  tenantId: string,
  from: Pick<DueLane, 'runId' | 'lane'>,
  most: number,
): Promise<ClaimedItem[]> {
  await byDueIndex(tx);
  const due = await tx.$queryRaw<{ position: number; was: ItemState }[]>`
    SELECT d.position, d.state AS was FROM run_items d JOIN runs r ON r.tenant_id = d.tenant_id AND r.id = d.run_id
    WHERE d.tenant_id = ${tenantId}::uuid AND d.run_id = ${from.runId}::uuid AND d.lane = ${from.lane}::uuid AND ${isDue} AND ${mayBegin}
    ORDER BY d.next_attempt_at, d.position LIMIT ${most} FOR UPDATE OF d SKIP LOCKED`;
  if (due.length === 0) return [];
  // The rest goes by position, in statements that any plan answers from the primary keys.
  const positions = due.map(({ position }) => position);
  const held = await tx.$queryRaw<
    (Pick<ClaimedItem, 'position' | 'lane' | 'state' | 'attempts' | 'looks' | 'leaseToken'> & { steps: number })[]
  >`
    UPDATE run_items SET state = CASE WHEN state = 'confirmed' THEN 'confirmed' ELSE 'sending' END,
      attempts = attempts + CASE WHEN state = 'confirmed' THEN 0 ELSE 1 END, looks = CASE WHEN state = 'confirmed' THEN looks ELSE 0 END,
      steps = steps + CASE state WHEN 'confirmed' THEN 0 WHEN 'sending' THEN 2 ELSE 1 END,
      lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}), lease_token = lease_token + 1
    WHERE tenant_id = ${tenantId}::uuid AND run_id = ${from.runId}::uuid AND position = ANY(${positions}::int[])
    RETURNING position, lane::text, state, attempts, looks, steps, lease_token AS "leaseToken"`;
  const wasAt = new Map(due.map(({ position, was }) => [position, was]));
  await writeClaims(
    tx,
    tenantId,
    from.runId,
    held.map((item) => ({ ...item, was: wasAt.get(item.position) ?? 'planned' })),
  );
  const [run] = await tx.$queryRaw<
    Pick<ClaimedItem, 'kind' | 'proposalId' | 'runSize' | 'reason' | 'cutoffAt' | 'ageHours'>[]
  >`
    SELECT r.kind, r.proposal_id::text AS "proposalId", p.target_count AS "runSize", p.reason, r.cutoff_at AS "cutoffAt",
      (EXTRACT(epoch FROM clock_timestamp() - COALESCE(r.started_at, r.created_at)) / 3600)::float8 AS "ageHours"
    FROM runs r JOIN proposals p ON p.tenant_id = r.tenant_id AND p.id = r.proposal_id
    WHERE r.tenant_id = ${tenantId}::uuid AND r.id = ${from.runId}::uuid`;
  if (!run) throw new Error('items of a run that is not there');
  const targets = await tx.$queryRaw<
    Pick<
      ClaimedItem,
      'position' | 'targetType' | 'targetId' | 'personId' | 'providerId' | 'reference' | 'label' | 'detail'
    >[]
  >`
    SELECT position, target_type AS "targetType", target_id::text AS "targetId", person_id::text AS "personId", provider_id::text AS "providerId",
      reference, label, detail
    FROM proposal_targets WHERE tenant_id = ${tenantId}::uuid AND proposal_id = ${run.proposalId}::uuid AND position = ANY(${positions}::int[])`;
  const targetAt = new Map(targets.map((target) => [target.position, target]));
  return held.flatMap(({ steps: _steps, ...item }) => {
    const target = targetAt.get(item.position);
    return target
      ? [{ ...run, ...target, ...item, runId: from.runId, was: wasAt.get(item.position) ?? 'planned' }]
      : [];
  });
}

/** The ledger's steps of a claim: what a dead worker left behind becomes unknown, then everything but a second look is "sending". */
async function writeClaims(
  tx: Tx,
  tenantId: string,
  runId: string,
  claims: readonly { position: number; steps: number; attempts: number; was: ItemState }[],
): Promise<void> {
  const rows = claims.flatMap(({ position, steps, attempts, was }) => [
    ...(was === 'sending'
      ? [
          {
            position,
            seq: steps - 1,
            state: 'unknown',
            attempt: attempts - 1,
            detail: 'The worker ended in the middle of the call; looking at the other side first',
          },
        ]
      : []),
    ...(was === 'confirmed'
      ? []
      : [
          {
            position,
            seq: steps,
            state: 'sending',
            attempt: attempts,
            detail: `Attempt ${attempts}${was === 'planned' ? ': asking' : ': looking first'}`,
          },
        ]),
  ]);
  if (rows.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO run_item_steps (tenant_id, run_id, position, seq, at, state, attempt, detail)
    SELECT ${tenantId}::uuid, ${runId}::uuid, position, seq, clock_timestamp(), state, attempt, detail
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r(position int, seq int, state text, attempt int, detail text)`;
}

/**
 * Moves claimed items one step each and writes the steps into the ledger: one statement for all of them, in the caller's
 * transaction. Fencing token and state are part of the WHERE.
 * @returns the items that moved; of the others this worker lost the lease, and nothing was written
 */
export async function moveItems(tx: Tx, tenantId: string, moves: readonly Move[]): Promise<Set<Move>> {
  const rows = moves.map((move, index) => ({
    n: index,
    run_id: move.item.runId,
    position: move.item.position,
    token: move.item.leaseToken,
    was: move.item.state,
    state: move.to,
    detail: move.detail.slice(0, 500),
    attempts: move.attempts ?? move.item.attempts,
    looks: move.looks ?? move.item.looks,
    wait: move.waitSeconds ?? null,
    error: move.error?.slice(0, 500) ?? null,
    cause: move.cause ?? null,
  }));
  const moved = await tx.$queryRaw<{ n: number }[]>`
    WITH v AS (SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::json) AS v(n int, run_id uuid, position int, token int, was text, state text,
      detail text, attempts int, looks int, wait float8, error text, cause text)),
    moved AS (
      UPDATE run_items i SET state = v.state, steps = i.steps + 1, attempts = v.attempts, looks = v.looks, error = v.error, cause = v.cause,
        finished_at = CASE WHEN v.state IN ('verified', 'failed', 'skipped') THEN clock_timestamp() END,
        next_attempt_at = CASE WHEN v.wait IS NULL THEN i.next_attempt_at ELSE clock_timestamp() + make_interval(secs => v.wait) END,
        lease_until = CASE WHEN v.wait IS NOT NULL OR v.state IN ('verified', 'failed', 'skipped') THEN NULL
          ELSE clock_timestamp() + make_interval(secs => ${leaseSeconds}) END
      FROM v WHERE i.tenant_id = ${tenantId}::uuid AND i.run_id = v.run_id AND i.position = v.position AND i.lease_token = v.token
        AND i.state = v.was AND i.finished_at IS NULL
      RETURNING v.n, i.run_id, i.position, i.steps, i.state, i.attempts, v.detail),
    written AS (
      INSERT INTO run_item_steps (tenant_id, run_id, position, seq, at, state, attempt, detail)
      SELECT ${tenantId}::uuid, run_id, position, steps, clock_timestamp(), state, attempts, detail FROM moved)
    SELECT n FROM moved`;
  return new Set(moved.flatMap(({ n }) => moves[n] ?? []));
}

/** Keeps the leases of items in hand for another 30 s. @returns the items still held; the others are another worker's now */
export async function extendLeases(tx: Tx, tenantId: string, items: readonly ClaimedItem[]): Promise<Set<ClaimedItem>> {
  const rows = items.map((item, n) => ({ n, run_id: item.runId, position: item.position, token: item.leaseToken }));
  const kept = await tx.$queryRaw<{ n: number }[]>`
    UPDATE run_items i SET lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS v(n int, run_id uuid, position int, token int)
    WHERE i.tenant_id = ${tenantId}::uuid AND i.run_id = v.run_id AND i.position = v.position AND i.lease_token = v.token AND i.finished_at IS NULL
    RETURNING v.n`;
  return new Set(kept.flatMap(({ n }) => items[n] ?? []));
}

/** Seconds to wait before the next attempt: exponential up to five minutes, with full jitter. */
export function backoffSeconds(attempt: number, random: () => number = Math.random): number {
  return 0.5 + random() * Math.min(2 ** attempt, 300);
}
