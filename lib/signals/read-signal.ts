import { type EventListRow, eventsAround, eventsOfSignal } from '#lib/events/list-events.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { Severity, SignalState } from '#lib/model/signal.ts';
import { findSignal, type SignalDetail } from '#lib/signals/list-signals.ts';

/** Hours before and after a signal that its timeline shows. */
export const timelineHours = 24;
const relatedDays = 7;

export type SignalEvent = EventListRow & { role: string };
/** A device of the evidence as the desk knows it: since when, how often. */
export type SignalDevice = {
  id: string;
  label: string;
  strong: boolean;
  firstSeenAt: string;
  signIns: number;
  failures: number;
};
/** Another signal of the same person or address in the week around this one. */
export type RelatedSignal = {
  id: string;
  title: string;
  severity: Severity;
  state: SignalState;
  lastAt: string;
  shares: 'person' | 'address';
};
export type SignalReading = {
  signal: SignalDetail;
  events: SignalEvent[];
  timeline: EventListRow[];
  devices: SignalDevice[];
  related: RelatedSignal[];
};

/** Everything one decides a signal on, in five indexed queries. `null` for a signal that is not there. */
export async function readSignal(tx: Tx, tenantId: string, id: string): Promise<SignalReading | null> {
  const signal = await findSignal(tx, tenantId, id);
  if (!signal) return null;
  const events = await eventsOfSignal(tx, tenantId, id);
  const deviceIds = [...new Set(events.flatMap(({ deviceId }) => deviceId ?? []))].slice(0, 20);
  return {
    signal,
    events,
    timeline: signal.personId
      ? await eventsAround(tx, tenantId, signal.personId, new Date(signal.lastAt), timelineHours)
      : events,
    devices: deviceIds.length > 0 ? await devicesById(tx, tenantId, deviceIds) : [],
    related: await relatedTo(tx, tenantId, signal),
  };
}

async function devicesById(tx: Tx, tenantId: string, ids: readonly string[]): Promise<SignalDevice[]> {
  const rows = await tx.$queryRaw<(Omit<SignalDevice, 'firstSeenAt'> & { firstSeenAt: Date })[]>`
    SELECT id::text, label, strong, first_seen_at AS "firstSeenAt", sign_ins AS "signIns", failures
    FROM devices WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${ids}::uuid[])`;
  return rows.map((row) => ({ ...row, firstSeenAt: row.firstSeenAt.toISOString() }));
}

async function relatedTo(tx: Tx, tenantId: string, signal: SignalDetail): Promise<RelatedSignal[]> {
  const { personId, ip } = signal;
  if (!personId && !ip) return [];
  const shares = Prisma.sql`CASE WHEN person_id = ${personId}::uuid THEN 'person' ELSE 'address' END`;
  const at = new Date(signal.lastAt);
  const rows = await tx.$queryRaw<(Omit<RelatedSignal, 'lastAt'> & { lastAt: Date })[]>`
    SELECT id::text, title, severity, state, last_at AS "lastAt", ${shares} AS shares FROM signals
    WHERE tenant_id = ${tenantId}::uuid AND id <> ${signal.id}::uuid AND (person_id = ${personId}::uuid OR ip = ${ip}::inet)
      AND last_at BETWEEN ${at}::timestamptz - make_interval(days => ${relatedDays}) AND ${at}::timestamptz + make_interval(days => ${relatedDays})
    ORDER BY last_at DESC, id DESC LIMIT 10`;
  return rows.map((row) => ({ ...row, lastAt: row.lastAt.toISOString() }));
}
