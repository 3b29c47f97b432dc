import { narrowToPeople, personByEmail, personByWords, walkedByWords } from '#lib/events/people-search.ts';
import { byProviderSlug, narrowToProviders } from '#lib/events/provider-rule.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import {
  type ColumnRule,
  countUpToCap,
  keysetPage,
  type ListQuery,
  type Page,
  whereOf,
} from '#lib/kernel/db/listing.ts';
import { accountTypes, eventTypes, outcomes, type TimeQuality, timeQualities } from '#lib/model/event.ts';

export type EventListRow = {
  id: string;
  occurredAt: string;
  receivedAt: string;
  type: string;
  providerType: string;
  provider: string;
  outcome: string;
  reason: string | null;
  timeQuality: TimeQuality;
  /** What the record said, where that was not believable. */
  claimedTime: string | null;
  personId: string | null;
  personName: string | null;
  personEmail: string | null;
  sessionId: string | null;
  /** Set where by this event every session of the person at the provider ended that had started until then. */
  endsSessionsUntil: string | null;
  deviceId: string | null;
  deviceLabel: string | null;
  client: string | null;
  ip: string | null;
  country: string | null;
  city: string | null;
  latitude: number | null;
  longitude: number | null;
  radiusKm: number | null;
};

export const eventColumns = {
  q: personByWords(Prisma.sql`e.person_id`),
  type: { kind: 'text', sql: Prisma.sql`e.type`, words: eventTypes },
  name: { kind: 'text', sql: Prisma.sql`e.provider_type` },
  outcome: { kind: 'text', sql: Prisma.sql`e.outcome`, words: outcomes },
  person: { kind: 'id', sql: Prisma.sql`e.person_id` },
  session: { kind: 'id', sql: Prisma.sql`e.session_id` },
  device: { kind: 'id', sql: Prisma.sql`e.device_id` },
  // By way of the session, whose key the provider's own id leads; a record's own column has no index.
  sourceSessionId: {
    kind: 'custom',
    where: (
      values,
    ) => Prisma.sql`e.session_id = ANY(ARRAY(SELECT named.id FROM sessions named JOIN providers v ON v.tenant_id = named.tenant_id
      AND v.id = named.provider_id WHERE named.tenant_id = gatehouse_tenant() AND named.source_session_id = ANY(${[...values]}::text[])))`,
  },
  deviceLabel: { kind: 'text', sql: Prisma.sql`e.device_label` },
  // A record that names nobody has none.
  accountType: {
    kind: 'text',
    sql: Prisma.sql`e.account_type`,
    words: accountTypes,
    none: Prisma.sql`e.person_id IS NULL`,
  },
  provider: byProviderSlug(Prisma.sql`e.provider_id`),
  country: { kind: 'text', sql: Prisma.sql`e.country` },
  client: { kind: 'text', sql: Prisma.sql`e.client` },
  ip: { kind: 'network', sql: Prisma.sql`e.ip` },
  asn: { kind: 'number', sql: Prisma.sql`e.asn` },
  email: personByEmail(Prisma.sql`e.person_id`),
  reason: { kind: 'text', sql: Prisma.sql`e.reason` },
  timeQuality: { kind: 'text', sql: Prisma.sql`e.time_quality`, words: timeQualities },
  received: { kind: 'time', sql: Prisma.sql`e.received_at` },
  from: { kind: 'time', sql: Prisma.sql`e.occurred_at` },
  to: { kind: 'time', sql: Prisma.sql`e.occurred_at` },
} satisfies Readonly<Record<string, ColumnRule>>;

const labels = Prisma.sql`JOIN providers v ON v.tenant_id = e.tenant_id AND v.id = e.provider_id
  LEFT JOIN people p ON p.tenant_id = e.tenant_id AND p.id = e.person_id`;
export const eventJoins = Prisma.sql`FROM events e ${labels}`;
/** What the record said, where that was not believable. */
export const claimedTime = Prisma.sql`CASE WHEN e.time_quality = 'absurd' THEN e.detail ->> 'claimed_time' END`;
const columns = Prisma.sql`e.id::text, e.occurred_at AS "occurredAt", e.received_at AS "receivedAt", e.type, e.provider_type AS "providerType",
  v.slug AS provider, e.outcome, e.reason, e.time_quality AS "timeQuality",
  ${claimedTime} AS "claimedTime", e.person_id::text AS "personId", p.display_name AS "personName",
  p.email AS "personEmail", e.session_id::text AS "sessionId", e.ends_sessions_until AS "endsSessionsUntil", e.device_id::text AS "deviceId",
  (SELECT d.label FROM devices d WHERE d.tenant_id = e.tenant_id AND d.id = e.device_id) AS "deviceLabel",
  e.client, host(e.ip) AS ip, e.country, e.city, e.latitude, e.longitude, e.radius_km AS "radiusKm"`;
type Raw = Omit<EventListRow, 'occurredAt' | 'receivedAt' | 'endsSessionsUntil'> & {
  occurredAt: Date;
  receivedAt: Date;
  endsSessionsUntil: Date | null;
};
const plain = (row: Raw): EventListRow => ({
  ...row,
  occurredAt: row.occurredAt.toISOString(),
  receivedAt: row.receivedAt.toISOString(),
  endsSessionsUntil: row.endsSessionsUntil?.toISOString() ?? null,
});

/** One page of events, latest first. */
export async function listEvents(tx: Tx, tenantId: string, query: ListQuery): Promise<Page<EventListRow>> {
  const { rest, ofProviders } = await narrowToProviders(tx, query.conditions, Prisma.sql`e.provider_id`);
  const conditions = await narrowToPeople(tx, rest, ['email', 'q']);
  const whereBy = (rules: Readonly<Record<string, ColumnRule>>) =>
    Prisma.sql`e.tenant_id = ${tenantId}::uuid AND ${ofProviders} AND ${whereOf(conditions, rules)}`;
  const where = whereBy({ ...eventColumns, q: walkedByWords(eventColumns.q) });
  // Of several people each gives their latest, by the index on them; asked for all at once, the planner walks everybody's events.
  // Names and devices are looked up for the rows of the page alone.
  const byPeople = conditions.find(({ field, op, value }) => field === 'person' && op === 'is' && value.length > 1);
  const besidePeople = whereOf(
    conditions.filter((condition) => condition !== byPeople),
    eventColumns,
  );
  return keysetPage({
    query,
    keyOf: (row) => ({ at: row.occurredAt, id: row.id }),
    sortAt: Prisma.sql`e.occurred_at`,
    sortId: Prisma.sql`e.id`,
    fetch: async ({ after, order, limit }) => {
      const from = byPeople
        ? Prisma.sql`FROM (SELECT e.* FROM unnest(${[...byPeople.value]}::text[]::uuid[]) AS who(id) CROSS JOIN LATERAL (
            SELECT * FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.person_id = who.id AND ${ofProviders} AND ${besidePeople} AND ${after}
            ORDER BY ${order} LIMIT ${limit}) AS e ORDER BY ${order} LIMIT ${limit}) AS e ${labels}`
        : Prisma.sql`${eventJoins} WHERE ${where} AND ${after}`;
      const rows = await tx.$queryRaw<Raw[]>`SELECT ${columns} ${from} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map(plain);
    },
    count: () => countUpToCap(tx, Prisma.sql`FROM events e WHERE ${whereBy(eventColumns)}`),
  });
}

/** One event as a row of the list; `null` when there is none of that id at that time. */
export async function eventOf(
  tx: Tx,
  tenantId: string,
  { id, at }: { id: string; at: string },
): Promise<EventListRow | null> {
  const [row] = await tx.$queryRaw<Raw[]>`
    SELECT ${columns} ${eventJoins}
    WHERE e.tenant_id = ${tenantId}::uuid AND e.occurred_at = ${at}::timestamptz AND e.id = ${id}::uuid`;
  return row ? plain(row) : null;
}

/** The events a signal stands on, oldest first, with the part each plays. */
export async function eventsOfSignal(
  tx: Tx,
  tenantId: string,
  signalId: string,
): Promise<(EventListRow & { role: string })[]> {
  const rows = await tx.$queryRaw<(Raw & { role: string })[]>`
    SELECT ${columns}, g.role ${eventJoins}
    JOIN signal_events g ON g.tenant_id = e.tenant_id AND g.event_id = e.id AND g.occurred_at = e.occurred_at
    WHERE e.tenant_id = ${tenantId}::uuid AND g.signal_id = ${signalId}::uuid ORDER BY e.occurred_at, e.id LIMIT 200`;
  return rows.map((row) => ({ ...plain(row), role: row.role }));
}

/** What a person did around a moment, oldest first: the timeline beside a signal. */
export async function eventsAround(
  tx: Tx,
  tenantId: string,
  personId: string,
  at: Date,
  hours: number,
): Promise<EventListRow[]> {
  const rows = await tx.$queryRaw<Raw[]>`
    SELECT ${columns} ${eventJoins}
    WHERE e.tenant_id = ${tenantId}::uuid AND e.person_id = ${personId}::uuid
      AND e.occurred_at BETWEEN ${at}::timestamptz - make_interval(hours => ${hours}) AND ${at}::timestamptz + make_interval(hours => ${hours})
    ORDER BY e.occurred_at, e.id LIMIT 200`;
  return rows.map(plain);
}
