import { claimedTime, eventColumns, eventJoins } from '#lib/events/list-events.ts';
import { narrowToPeople } from '#lib/events/people-search.ts';
import { narrowToProviders } from '#lib/events/provider-rule.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { whereOf } from '#lib/kernel/db/listing.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { Filter } from '#lib/model/filter.ts';
import type { WritableEvent } from '#lib/providers/ocsf/write-ocsf.ts';

/** An event with everything that is known of it. */
export type ExportedEvent = WritableEvent & {
  id: string;
  personId: string | null;
  sessionId: string | null;
  deviceId: string | null;
  deviceLabel: string | null;
  region: string | null;
  latitude: number | null;
  longitude: number | null;
  detail: JsonObject;
};
type Row = Omit<ExportedEvent, 'occurredAt' | 'receivedAt' | 'raw' | 'endsSessionsUntil'> & {
  endsSessionsUntil: Date | null;
  occurredAt: Date;
  receivedAt: Date;
  raw: Uint8Array;
};
export type Place = { at: string; id: string };

/** The next events of an export after a place, latest first, with their bytes as text where they are text. */
export async function exportedEvents(
  tx: Tx,
  tenantId: string,
  query: { conditions: Filter; after: Place | null; limit: number },
): Promise<ExportedEvent[]> {
  const after = query.after
    ? Prisma.sql`(e.occurred_at, e.id) < (${query.after.at}::timestamptz, ${query.after.id}::uuid)`
    : Prisma.sql`true`;
  // As on the list: with ids in hand the indexes serve.
  const { rest, ofProviders } = await narrowToProviders(tx, query.conditions, Prisma.sql`e.provider_id`);
  const conditions = await narrowToPeople(tx, rest, ['email', 'q']);
  const rows = await tx.$queryRaw<Row[]>`
    SELECT e.id::text, e.occurred_at AS "occurredAt", e.received_at AS "receivedAt", e.source_event_id AS "sourceEventId", v.slug AS provider, e.type,
      e.provider_type AS "providerType", e.outcome, e.reason, e.interactive, e.time_quality AS "timeQuality",
      ${claimedTime} AS "claimedTime", e.person_id::text AS "personId",
      e.person_issuer AS issuer, e.person_subject AS subject, e.person_name AS "personName", e.person_email AS "personEmail",
      e.account_type AS "accountType", e.session_id::text AS "sessionId", e.source_session_id AS "sourceSessionId", e.ends_sessions_until AS "endsSessionsUntil", e.device_id::text AS "deviceId",
      e.device_fingerprint AS "deviceFingerprint", e.device_label AS "deviceLabel", e.actor, e.client, host(e.ip) AS ip, e.user_agent AS "userAgent",
      e.country, e.region, e.city, e.latitude, e.longitude, e.asn::float8 AS asn, e.as_name AS "asName", e.detail, e.raw
    ${eventJoins} WHERE e.tenant_id = ${tenantId}::uuid AND ${ofProviders} AND ${whereOf(conditions, eventColumns)} AND ${after}
    ORDER BY e.occurred_at DESC, e.id DESC LIMIT ${query.limit}`;
  return rows.map((row) => ({
    ...row,
    occurredAt: row.occurredAt.toISOString(),
    receivedAt: row.receivedAt.toISOString(),
    endsSessionsUntil: row.endsSessionsUntil?.toISOString() ?? null,
    raw: textOf(row.raw),
  }));
}

function textOf(raw: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    return null;
  }
}
