import { type EventListRow, eventOf } from '#lib/events/list-events.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { JsonObject } from '#lib/model/event.ts';

/** Where an event is: the store is divided by time, so its id alone would have every month looked through. */
export type EventKey = { id: string; at: string };

/** An event with all that the store holds of it. */
export type EventReading = {
  event: EventListRow;
  sourceEventId: string;
  sourceSessionId: string | null;
  subject: string | null;
  issuer: string | null;
  accountType: string | null;
  actor: string | null;
  interactive: boolean;
  userAgent: string | null;
  region: string | null;
  asn: number | null;
  asName: string | null;
  /** What the mapping read beside the columns. */
  detail: JsonObject;
  record: RecordBytes;
  /** The same id with other content, as it came later; the event itself was not changed by it. */
  variants: (RecordBytes & { receivedAt: string })[];
  /** Signals that stand on this event, for whoever may read signals. */
  signals: { id: string; title: string; severity: string; state: string }[];
};

/** Bytes as they came: how many, their SHA-256 in hex, and the first of them (`isWhole`: all) as text; null where they are no text. */
export type RecordBytes = { bytes: number; sha256: string; text: string | null; isWhole: boolean };

/** Bytes of a record a page shows; the whole is a download. */
const shownBytesMax = 65_536;
const variantsMax = 20;
type RawBytes = { bytes: number; sha256: string; beginning: Uint8Array };
const rawColumns = (column: Prisma.Sql) =>
  Prisma.sql`length(${column}) AS bytes, encode(sha256(${column}), 'hex') AS sha256, substr(${column}, 1, ${shownBytesMax}::int) AS beginning`;

/** Reads one event; `null` when there is none of that id at that time in this tenant. */
export async function readEvent(tx: Tx, tenantId: string, key: EventKey): Promise<EventReading | null> {
  const event = await eventOf(tx, tenantId, key);
  if (!event) return null;
  const here = Prisma.sql`e.tenant_id = ${tenantId}::uuid AND e.occurred_at = ${key.at}::timestamptz AND e.id = ${key.id}::uuid`;
  const [row] = await tx.$queryRaw<
    (Omit<EventReading, 'event' | 'record' | 'variants' | 'signals'> & RawBytes & { providerId: string })[]
  >`
    SELECT e.source_event_id AS "sourceEventId", e.source_session_id AS "sourceSessionId", e.person_subject AS subject, e.person_issuer AS issuer,
      e.account_type AS "accountType", e.actor, e.interactive, e.user_agent AS "userAgent", e.region, e.asn::float8 AS asn, e.as_name AS "asName", e.detail,
      e.provider_id::text AS "providerId", ${rawColumns(Prisma.sql`e.raw`)}
    FROM events e WHERE ${here}`;
  if (!row) return null;
  const { bytes, sha256, beginning, providerId, ...rest } = row;
  const variants = await tx.$queryRaw<(RawBytes & { receivedAt: Date })[]>`
    SELECT v.received_at AS "receivedAt", ${rawColumns(Prisma.sql`v.raw`)} FROM event_variants v
    WHERE v.tenant_id = ${tenantId}::uuid AND v.provider_id = ${providerId}::uuid AND v.source_event_id = ${rest.sourceEventId}
    ORDER BY v.received_at LIMIT ${variantsMax}`;
  const signals = await tx.$queryRaw<EventReading['signals']>`
    SELECT s.id::text, s.title, s.severity, s.state FROM signal_events g JOIN signals s ON s.tenant_id = g.tenant_id AND s.id = g.signal_id
    WHERE g.tenant_id = ${tenantId}::uuid AND g.event_id = ${key.id}::uuid AND g.occurred_at = ${key.at}::timestamptz
    ORDER BY s.raised_at DESC LIMIT 20`;
  return {
    ...rest,
    event,
    record: shownOf({ bytes, sha256, beginning }),
    variants: variants.map(({ receivedAt, ...raw }) => ({ ...shownOf(raw), receivedAt: receivedAt.toISOString() })),
    signals,
  };
}

function shownOf({ bytes, sha256, beginning }: RawBytes): RecordBytes {
  const isWhole = bytes <= shownBytesMax;
  return { bytes, sha256, text: textOf(beginning, isWhole), isWhole };
}

/** A cut may fall into a character; only what is whole is held to be text or not. */
function textOf(bytes: Uint8Array, isWhole: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !isWhole });
  } catch {
    return null;
  }
}
