import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { HistoryEvent } from '#lib/model/detection.ts';
import type { AccountType, EventType, FailureReason, Outcome } from '#lib/model/event.ts';

/** Events of one person or network a detector is shown at most; the newest count. Keeps a noisy source from filling memory. */
const eventsPerSubjectMax = 2_000;

type Row = {
  id: string;
  occurred_at: Date;
  type: string;
  outcome: string;
  reason: string | null;
  interactive: boolean;
  person_id: string | null;
  person_label: string | null;
  account_type: string | null;
  session_id: string | null;
  device_id: string | null;
  device_label: string | null;
  strong: boolean | null;
  client: string | null;
  ip: string | null;
  user_agent: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
  latitude: number | null;
  longitude: number | null;
  radius_km: number | null;
};

/** The sign-in history of these people between two times, oldest first. Events with unusable times are left out. */
export function historyOfPeople(
  tx: Tx,
  tenantId: string,
  personIds: readonly string[],
  from: Date,
  to: Date,
): Promise<HistoryEvent[]> {
  return load(
    tx,
    tenantId,
    Prisma.sql`unnest(${personIds}::uuid[]) AS subject(id)`,
    Prisma.sql`e.person_id = subject.id`,
    from,
    to,
  );
}

/** The same for these networks (CIDRs; a single address is a network of one). */
export function historyOfNetworks(
  tx: Tx,
  tenantId: string,
  networks: readonly string[],
  from: Date,
  to: Date,
): Promise<HistoryEvent[]> {
  return load(
    tx,
    tenantId,
    Prisma.sql`unnest(${networks}::text[]) AS subject(id)`,
    // A range on the address serves the index; `<<=` alone would not.
    Prisma.sql`e.ip >= host(network(subject.id::inet))::inet AND e.ip <= host(broadcast(subject.id::inet))::inet`,
    from,
    to,
  );
}

async function load(
  tx: Tx,
  tenantId: string,
  subjects: Prisma.Sql,
  match: Prisma.Sql,
  from: Date,
  to: Date,
): Promise<HistoryEvent[]> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT DISTINCT ON (e.occurred_at, e.id) e.id::text, e.occurred_at, e.type, e.outcome, e.reason, e.interactive, e.person_id::text,
      COALESCE(p.display_name, p.email, p.subject) AS person_label, p.account_type,
      e.session_id::text, e.device_id::text, d.label AS device_label, d.strong, e.client, host(e.ip) AS ip, e.user_agent,
      e.country, e.region, e.city, e.latitude, e.longitude, e.radius_km
    FROM ${subjects}
    CROSS JOIN LATERAL (
      SELECT * FROM events e
      WHERE e.tenant_id = ${tenantId}::uuid AND ${match} AND e.occurred_at BETWEEN ${from} AND ${to} AND e.time_quality IN ('ok', 'late')
      ORDER BY e.occurred_at DESC, e.id DESC LIMIT ${eventsPerSubjectMax}
    ) AS e
    LEFT JOIN people p ON p.tenant_id = e.tenant_id AND p.id = e.person_id
    LEFT JOIN devices d ON d.tenant_id = e.tenant_id AND d.id = e.device_id
    ORDER BY e.occurred_at, e.id`;
  return rows.map((row) => ({
    id: row.id,
    occurredAt: row.occurred_at,
    type: row.type as EventType,
    outcome: row.outcome as Outcome,
    reason: row.reason as FailureReason | null,
    interactive: row.interactive,
    personId: row.person_id,
    personLabel: row.person_label,
    accountType: (row.account_type ?? 'unknown') as AccountType,
    sessionId: row.session_id,
    deviceId: row.device_id,
    deviceLabel: row.device_label,
    deviceIsStrong: row.strong ?? false,
    client: row.client,
    ip: row.ip,
    userAgent: row.user_agent,
    place: {
      country: row.country,
      region: row.region,
      city: row.city,
      latitude: row.latitude,
      longitude: row.longitude,
      radiusKm: row.radius_km,
    },
  }));
}
