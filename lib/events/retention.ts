import { z } from 'zod';
import { forgetLinks } from '#lib/events/linked-people.ts';
import { rebuildViews } from '#lib/events/rebuild-views.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import { eventTypes } from '#lib/model/event.ts';

const types = ['*', ...eventTypes] as [string, ...string[]];
export const keepDaysMax = 36_500;

/** Says how long events of a type (`*`: all without a line of their own) are kept; `null` days: for ever. A shorter time takes events away. */
export const setRetention = defineCommand({
  action: 'retention_set',
  permission: 'policies:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({
    eventType: z.enum(types, { error: 'expected an event type, or * for all others' }),
    keepDays: z.number().int().min(1).max(keepDaysMax).nullable(),
  }),
  async run({ tx, actor, input }) {
    const key = { tenantId: actor.tenantId, eventType: input.eventType };
    if (input.keepDays === null) await tx.retentionPolicy.deleteMany({ where: key });
    else {
      await tx.retentionPolicy.upsert({
        where: { tenantId_eventType: key },
        create: { ...key, keepDays: input.keepDays, setBy: actor.label },
        update: { keepDays: input.keepDays, setBy: actor.label },
      });
    }
    return {
      result: input,
      audit: { target: { type: 'retention', id: input.eventType }, detail: { days: input.keepDays } },
    };
  },
});

/** Puts a person's events, or without a person all of the tenant's, out of reach of retention and erasure until it is released. */
export const placeHold = defineCommand({
  action: 'legal_hold_placed',
  permission: 'policies:manage',
  input: z.strictObject({ reason: z.string().trim().min(3).max(500), personId: z.uuid().nullable() }),
  async run({ tx, actor, input }) {
    if (input.personId) {
      const person = await tx.person.findUnique({
        where: { tenantId_id: { tenantId: actor.tenantId, id: input.personId } },
      });
      if (!person) throw new Refusal('not_found', 'There is no such person. Nothing was changed.');
    }
    const id = newId();
    await tx.legalHold.create({ data: { tenantId: actor.tenantId, id, placedBy: actor.label, ...input } });
    const target = input.personId ? { type: 'person', id: input.personId } : { type: 'tenant', id: actor.tenantId };
    return { result: { id }, audit: { target, reason: input.reason, detail: { hold: id } } };
  },
});

/** Releases a hold; what it kept may go from then on. @throws Refusal `conflict` when it was released before or never was */
export const releaseHold = defineCommand({
  action: 'legal_hold_released',
  permission: 'policies:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ id: z.uuid() }),
  async run({ tx, actor, input }) {
    const released = await tx.$executeRaw`
      UPDATE legal_holds SET released_at = clock_timestamp(), released_by = ${actor.label}
      WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${input.id}::uuid AND released_at IS NULL`;
    if (released === 0) throw new Refusal('conflict', 'There is no such hold in force. Nothing was changed.');
    return { result: input, audit: { target: { type: 'legal_hold', id: input.id } } };
  },
});

/** What a retention run took away. */
export type RetentionSummary = { events: number; partitionsDropped: number; months: string[]; quarantined: number };
type Retired = { events: bigint; partition_dropped: boolean; people: string[]; sessions: string[]; devices: string[] };

/**
 * Takes away the events whose time is over by the tenant's policy, month by month: a whole partition where nothing else is in it,
 * else its rows. Holds, and events that signals still being worked on stand on, are left. In the same transaction the views of whom
 * they spoke are derived anew, so they go on being what a rebuild gives, and the audit says how much went. Quarantined records, which
 * have no type, go by the rule for all others, and none while any hold is in force: nobody knows of whom they speak. Safe to repeat.
 * @param database a pool of the role `gatehouse_retention` (`pool('maintenance')`)
 */
export async function runRetention(database: Database, actor: Actor): Promise<RetentionSummary> {
  // No policy, no months: nothing is looked at that could not be over.
  const months = await database.inTenant(
    actor.tenantId,
    (tx) => tx.$queryRaw<{ month: string }[]>`
      SELECT to_char(m, 'YYYY-MM-DD') AS month FROM gatehouse_event_months() AS m
      WHERE m <= clock_timestamp() - make_interval(days => (SELECT min(keep_days) FROM retention_policies WHERE tenant_id = ${actor.tenantId}::uuid))`,
  );
  const summary: RetentionSummary = { events: 0, partitionsDropped: 0, months: [], quarantined: 0 };
  for (const { month } of months) {
    const events = await database.inTenant(actor.tenantId, async (tx) => {
      const [gone] = await tx.$queryRaw<Retired[]>`
        SELECT events, partition_dropped, people::text[], sessions::text[], devices::text[] FROM gatehouse_retire_month(${month}::date)`;
      const events = Number(gone?.events ?? 0);
      if (!gone || events === 0) return 0;
      await rebuildViews(tx, actor.tenantId, gone);
      await forgetLinks(tx, actor.tenantId, await withoutEvents(tx, actor.tenantId, gone.people));
      await appendAudit(tx, actor, {
        action: 'events_retired',
        outcome: 'success',
        target: { type: 'event_month', id: month },
        detail: { events, partition_dropped: gone.partition_dropped, people: gone.people.length },
      });
      if (gone.partition_dropped) summary.partitionsDropped += 1;
      return events;
    });
    if (events > 0) summary.months.push(month.slice(0, 7));
    summary.events += events;
  }
  for (let gone = quarantineBatch; gone === quarantineBatch; summary.quarantined += gone)
    gone = await database.inTenant(actor.tenantId, (tx) => retireQuarantined(tx, actor));
  return summary;
}

/** Whom no event speaks of any more. */
async function withoutEvents(tx: Tx, tenantId: string, people: readonly string[]): Promise<string[]> {
  const here = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM people WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${[...people]}::text[]::uuid[])`;
  const known = new Set(here.map(({ id }) => id));
  return people.filter((id) => !known.has(id));
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
