import { fingerprintDevice } from '#lib/events/device-fingerprint.ts';
import { clean, judgeTime, type ReadRecord } from '#lib/events/read-record.ts';
import { findNetwork } from '#lib/kernel/geo/networks.ts';
import { newId, stableId } from '#lib/kernel/ids.ts';
import type { Place } from '#lib/model/detection.ts';
import { type AccountType, accountTypes, type JsonValue, type MappedEvent, type PersonRef } from '#lib/model/event.ts';

/** A provider as the store knows it. */
export type ProviderRow = { id: string; slug: string; kind: string; issuer: string };
export type FindPlace = (ip: string) => Place;

/** One row of `events`, and what the views take from it. Times are ISO 8601 UTC. */
export type EventRow = {
  id: string;
  occurred_at: string;
  /** When it counts as seen: the record's own time, but never later than it came in. */
  seen_at: string;
  source_event_id: string;
  digest: Buffer;
  type: string;
  provider_type: string;
  outcome: string;
  reason: string | null;
  interactive: boolean;
  person_id: string | null;
  session_id: string | null;
  device_id: string | null;
  actor: string | null;
  client: string | null;
  ip: string | null;
  user_agent: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
  latitude: number | null;
  longitude: number | null;
  radius_km: number | null;
  time_quality: string;
  /** JSON text that jsonb takes. */
  detail: string;
  raw: Buffer;
  asn: number | null;
  as_name: string | null;
  person_issuer: string | null;
  person_subject: string | null;
  person_name: string | null;
  person_email: string | null;
  account_type: AccountType | null;
  source_session_id: string | null;
  device_fingerprint: string | null;
  device_label: string | null;
  device_strong: boolean | null;
  /** Set where every session of the person that started until then ended by this event. */
  ends_sessions_until: string | null;
};

/** What the city database knows of an address it does not know. */
export const nowhere: Place = {
  country: null,
  region: null,
  city: null,
  latitude: null,
  longitude: null,
  radiusKm: null,
};

/**
 * Makes the row of a read record. Ids of people, sessions and devices follow from what identifies them, so every instance
 * and every rebuild arrives at the same ones. `findPlace` is the offline city database: what it does not know stays unknown.
 */
export function eventRow(
  read: Extract<ReadRecord, { ok: true }>,
  context: { tenantId: string; provider: ProviderRow; findPlace: FindPlace; receivedAt: Date },
): EventRow {
  const { tenantId, provider } = context;
  const { event } = read;
  const { occurredAt, quality } = judgeTime(event.occurredAt, context.receivedAt);
  const person = event.person ? cleanPerson(event.person, provider.issuer) : null;
  const personId = person ? stableId('person', tenantId, person.issuer, person.subject) : null;
  const sourceSessionId = label(event.sourceSessionId);
  const userAgent = label(event.userAgent, 1000);
  // What an administrator did to somebody was done on the administrator's device.
  const device = personId && event.actor === null ? fingerprintDevice(label(event.sourceDeviceId), userAgent) : null;
  const place = event.ip ? context.findPlace(event.ip) : nowhere;
  const network = event.ip ? findNetwork(event.ip) : null;
  return {
    id: newId(),
    occurred_at: occurredAt.toISOString(),
    seen_at: new Date(Math.min(occurredAt.getTime(), context.receivedAt.getTime())).toISOString(),
    source_event_id: read.sourceEventId,
    digest: read.digest,
    type: event.type,
    provider_type: label(event.providerType, 200) ?? 'unknown',
    outcome: event.outcome,
    reason: event.reason,
    interactive: event.interactive,
    person_id: personId,
    session_id: sourceSessionId ? stableId('session', tenantId, provider.id, sourceSessionId) : null,
    device_id: device && personId ? stableId('device', tenantId, personId, device.fingerprint) : null,
    actor: label(event.actor),
    client: label(event.client),
    ip: event.ip,
    user_agent: userAgent,
    country: place.country,
    region: place.region,
    city: place.city,
    latitude: place.latitude,
    longitude: place.longitude,
    radius_km: place.radiusKm,
    time_quality: quality,
    detail: jsonText(
      quality === 'absurd' ? { ...event.detail, claimed_time: claimedTime(event.occurredAt) } : event.detail,
    ),
    raw: read.raw,
    asn: network?.asn ?? null,
    as_name: network?.name ?? null,
    person_issuer: person?.issuer ?? null,
    person_subject: person?.subject ?? null,
    person_name: person?.displayName ?? null,
    person_email: person?.email ?? null,
    account_type: person ? (accountTypes.includes(person.accountType) ? person.accountType : 'unknown') : null,
    source_session_id: sourceSessionId,
    device_fingerprint: device?.fingerprint ?? null,
    device_label: device?.label ?? null,
    device_strong: device?.strong ?? null,
    ends_sessions_until:
      personId && event.outcome !== 'failure' ? endOfSessions(event, occurredAt, context.receivedAt) : null,
  };
}

/** A time that the event names narrows what it ended and never widens it: no event ended what began after it. */
function endOfSessions(event: MappedEvent, occurredAt: Date, receivedAt: Date): string | null {
  const until = event.endsSessionsUntil;
  if (!until) return null;
  const isBelieved = until < event.occurredAt && judgeTime(until, receivedAt).quality !== 'absurd';
  return (isBelieved && until < occurredAt ? until : occurredAt).toISOString();
}

function cleanPerson(person: PersonRef, defaultIssuer: string): PersonRef & { issuer: string } {
  return {
    issuer: label(person.issuer) ?? defaultIssuer,
    subject: label(person.subject) ?? '',
    displayName: label(person.displayName),
    email: label(person.email),
    accountType: person.accountType,
  };
}

function label(text: string | null, most = 512): string | null {
  if (text === null) return null;
  const cleaned = clean(text).trim().slice(0, most).toWellFormed();
  return cleaned === '' ? null : cleaned;
}

function claimedTime(time: Date): string {
  return Number.isNaN(time.getTime()) ? 'unreadable' : time.toISOString();
}

/** jsonb takes neither NUL nor a lone surrogate; texts without either, nearly all, are passed on as they are. */
function jsonText(value: JsonValue): string {
  const text = JSON.stringify(value);
  return /\\u(0000|d[89a-f])/i.test(text) ? JSON.stringify(cleanJson(value)) : text;
}

function cleanJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return clean(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(cleanJson);
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), cleanJson(inner)]));
  }
  return value;
}
