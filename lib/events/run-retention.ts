import { setTimeout } from 'node:timers/promises';
import { forgetLinks } from '#lib/events/linked-people.ts';
import { rebuildViews } from '#lib/events/rebuild-views.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { describeChain } from '#lib/kernel/errors.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';

/** What a retention run took away. `postponed`: months that others were reading or writing all the time; the next run has them. */
export type RetentionSummary = {
  events: number;
  partitionsDropped: number;
  months: string[];
  postponed: string[];
  quarantined: number;
};

/** Rows, or people, sessions and devices, dealt with in one transaction: while it lasts nobody else adds to their views. */
const rowsAtOnce = 5_000;
const viewsAtOnce = 1_000;
/** How often a month is tried that others are reading or writing, a second apart. */
const attemptsMax = 5;

/**
 * Takes away the events whose time is over by the tenant's policy, month by month. A past month in which everything is over, each
 * event by the rules of its own tenant, goes as a whole: taken out of `events` in one transaction with the audit entries, then its
 * views are derived anew, then it is dropped; a process that dies in between leaves that to the next run, of whichever tenant. From
 * other months rows are deleted. Holds, and events that signals still being worked on stand on, are left. Quarantined records, which
 * have no type, go by the rule for all others, and none while any hold is in force: nobody knows of whom they speak. Safe to repeat.
 * @param database a pool of the role `gatehouse_retention` (`pool('maintenance')`)
 */
export async function runRetention(database: Database, actor: Actor): Promise<RetentionSummary> {
  const summary: RetentionSummary = { events: 0, partitionsDropped: 0, months: [], postponed: [], quarantined: 0 };
  summary.partitionsDropped += await finishRetired(database);
  // No policy, no months: nothing is looked at that could not be over.
  const months = await database.inTenant(
    actor.tenantId,
    (tx) => tx.$queryRaw<{ month: string }[]>`
      SELECT to_char(m, 'YYYY-MM-DD') AS month FROM gatehouse_event_months() AS m
      WHERE m <= clock_timestamp() - make_interval(days => (SELECT min(keep_days) FROM retention_policies WHERE tenant_id = ${actor.tenantId}::uuid))`,
  );
  for (const { month } of months) {
    const taken = await takeOutMonth(database, actor, month);
    const events = taken === 'stays' ? await retireRows(database, actor, month) : taken;
    summary.partitionsDropped += await finishRetired(database);
    if (events === 'busy') summary.postponed.push(month.slice(0, 7));
    else if (events > 0) summary.months.push(month.slice(0, 7));
    summary.events += events === 'busy' ? 0 : events;
  }
  for (let gone = quarantineBatch; gone === quarantineBatch; summary.quarantined += gone)
    gone = await database.inTenant(actor.tenantId, (tx) => retireQuarantined(tx, actor));
  return summary;
}

type TakenOut = { tenantId: string; events: bigint; people: bigint };

/** @returns how many of the actor's events went with the month; `stays` when not all of it is over */
async function takeOutMonth(database: Database, actor: Actor, month: string): Promise<number | 'stays' | 'busy'> {
  return unlessBusy(async () => {
    const gone = await database.inTenant(actor.tenantId, async (tx) => {
      const gone = await tx.$queryRaw<TakenOut[]>`
        SELECT tenant_id::text AS "tenantId", events, people FROM gatehouse_take_out_month(${month}::date)`;
      // In the order of tenants that the database gives them in, so that two runs never wait for each other's chains.
      for (const { tenantId, events, people } of gone) {
        await tx.$executeRaw`SELECT set_config('gatehouse.tenant', ${tenantId}, true)`;
        const whose = tenantId === actor.tenantId ? actor : systemActor(tenantId, 'retention');
        await appendAudit(tx, whose, {
          action: 'events_retired',
          outcome: 'success',
          target: { type: 'event_month', id: month },
          detail: { events: Number(events), partition_dropped: true, people: Number(people) },
        });
      }
      return gone;
    });
    if (gone.length === 0) return 'stays';
    failpoint('retention.after_taking_out');
    return Number(gone.find(({ tenantId }) => tenantId === actor.tenantId)?.events ?? 0);
  });
}

type Retired = { events: bigint; people: string[]; sessions: string[]; devices: string[] };

/** Deletes what is over of a month, and derives in the same transactions the views of whom it spoke. @returns how many events went */
async function retireRows(database: Database, actor: Actor, month: string): Promise<number | 'busy'> {
  let all = 0;
  for (let events = rowsAtOnce; events === rowsAtOnce; all += events) {
    const some = await unlessBusy(() =>
      database.inTenant(actor.tenantId, async (tx) => {
        const [gone] = await tx.$queryRaw<Retired[]>`
          SELECT events, people::text[], sessions::text[], devices::text[] FROM gatehouse_retire_rows(${month}::date, ${rowsAtOnce}::int)`;
        const events = Number(gone?.events ?? 0);
        if (!gone || events === 0) return 0;
        await deriveAnew(tx, actor.tenantId, gone);
        await appendAudit(tx, actor, {
          action: 'events_retired',
          outcome: 'success',
          target: { type: 'event_month', id: month },
          detail: { events, partition_dropped: false, people: gone.people.length },
        });
        failpoint('retention.before_rows_commit');
        return events;
      }),
    );
    if (some === 'busy') return all > 0 ? all : 'busy';
    events = some;
  }
  return all;
}

/** Derives the views of months that were taken out, in any tenant, and drops them. @returns how many were dropped */
async function finishRetired(database: Database): Promise<number> {
  const waiting = await database.outsideTenants(
    (tx) => tx.$queryRaw<{ tenantId: string; name: string }[]>`
      SELECT tenant_id::text AS "tenantId", name FROM gatehouse_retired_months()`,
  );
  let dropped = 0;
  for (const { tenantId, name } of waiting) {
    for (const [column, view] of [
      ['person_id', 'people'],
      ['session_id', 'sessions'],
      ['device_id', 'devices'],
    ] as const)
      for (let past: string | undefined = '00000000-0000-0000-0000-000000000000'; past; )
        past = await database.inTenant(tenantId, async (tx) => {
          const rows = await tx.$queryRaw<{ id: string }[]>`
            SELECT id::text FROM gatehouse_retired_ids(${name}, ${column}, ${past}::uuid, ${viewsAtOnce}::int) AS id`;
          const scope = { people: [], sessions: [], devices: [], [view]: rows.map(({ id }) => id) };
          await deriveAnew(tx, tenantId, scope);
          return rows.at(-1)?.id;
        });
    failpoint('retention.before_drop');
    const [row] = await database.inTenant(
      tenantId,
      (tx) => tx.$queryRaw<{ dropped: boolean }[]>`SELECT gatehouse_drop_retired(${name}) AS dropped`,
    );
    // A migration leaves a note of the same shape where views are to be derived anew.
    if (row?.dropped && name.startsWith('retired_')) dropped += 1;
  }
  return dropped;
}

/** The views of these are what the events say now; whom no event speaks of any more is linked to nobody. */
async function deriveAnew(tx: Tx, tenantId: string, scope: Omit<Retired, 'events'>): Promise<void> {
  await rebuildViews(tx, tenantId, scope);
  if (scope.people.length === 0) return;
  const here = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM people WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${[...scope.people]}::text[]::uuid[])`;
  const known = new Set(here.map(({ id }) => id));
  await forgetLinks(
    tx,
    tenantId,
    scope.people.filter((id) => !known.has(id)),
  );
}

/** Does the work again while others hold what it needs; `busy` when they always do. Anything else that fails is thrown. */
async function unlessBusy<T>(work: () => Promise<T>): Promise<T | 'busy'> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!/55P03|lock timeout|40P01|deadlock detected/i.test(describeChain(error))) throw error;
      if (attempt === attemptsMax) return 'busy';
      await setTimeout(1_000);
    }
  }
}

/** Quarantined records taken away in one transaction at most. */
const quarantineBatch = 10_000;

async function retireQuarantined(tx: Tx, actor: Actor): Promise<number> {
  const { tenantId } = actor;
  const gone = await tx.$executeRaw`
    DELETE FROM quarantined_records WHERE tenant_id = ${tenantId}::uuid AND id IN (
      SELECT r.id FROM quarantined_records r JOIN retention_policies p ON p.tenant_id = r.tenant_id AND p.event_type = '*'
      WHERE r.tenant_id = ${tenantId}::uuid AND r.received_at < clock_timestamp() - make_interval(days => p.keep_days)
        AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.tenant_id = ${tenantId}::uuid AND h.released_at IS NULL)
      ORDER BY r.received_at LIMIT ${quarantineBatch})`;
  if (gone > 0)
    await appendAudit(tx, actor, {
      action: 'quarantine_retired',
      outcome: 'success',
      target: { type: 'tenant', id: tenantId },
      detail: { records: gone },
    });
  return gone;
}
