import type { JsonObject, MappedEvent, PersonRef } from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { isEmail, personRef } from '#lib/providers/person-ref.ts';
import { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';
import { shortEventType, ssfEventType } from '#lib/providers/ssf/event-kinds.ts';
import {
  asObject,
  readSubject,
  type SetSubject,
  type SimpleSubject,
  SubjectInvalid,
} from '#lib/providers/ssf/subject.ts';

/** Shared Signals: the claims of a security event token (RFC 8417) with a CAEP or RISC event. */
export const ssf: ProviderDefinition = { kind: 'ssf', name: 'Shared Signals', map };

function map(record: JsonObject): MappedEvent {
  const claims = new RecordReader(record);
  const events = asObject(record.events);
  const [uri, ...more] = Object.keys(events ?? {});
  if (!events || uri === undefined || !claims.has('iss', 'jti', 'iat')) {
    throw new RecordRejected(
      'wrong_format',
      'These are no claims of a security event token: "iss", "jti", "iat" and "events" were expected.',
    );
  }
  if (more.length > 0)
    throw new RecordRejected(
      'several_events',
      'A security event token holds exactly one event (CAEP interoperability profile).',
    );
  const payload = asObject(events[uri]) ?? {};
  const event = new RecordReader(payload);
  const { at, from } = readTime(event, claims);
  const subject = readAnySubject(record, payload);
  const issuer = claims.text('iss');
  const by = event.text('initiating_entity');
  return {
    sourceEventId: readId(claims),
    occurredAt: at,
    type: ssfEventType(uri, payload),
    providerType: shortEventType(uri),
    outcome: 'success',
    reason: null,
    person: subject ? readPerson(subject, issuer) : null,
    actor: by === null || by === 'user' ? null : by,
    sourceSessionId: subject ? readSession(subject, uri) : null,
    endsSessionsUntil: subject && endsEverySession(subject, uri) ? at : null,
    sourceDeviceId: subject ? nameOf(subject.parts.device) : null,
    client: nameOf(subject?.parts.application),
    ip: readIp(event.at('ips.0')) ?? readIp(event.at('ip', 'ip_address')),
    userAgent: event.text('user_agent'),
    interactive: false,
    detail: smallDetail({
      issuer,
      initiating_entity: by,
      reason_admin: localized(event, 'reason_admin'),
      reason_user: localized(event, 'reason_user'),
      reason: event.text('reason'),
      credential_type: event.text('credential_type'),
      change_type: event.text('change_type'),
      friendly_name: event.text('friendly_name'),
      previous_level: event.text('previous_level', 'previous_status'),
      current_level: event.text('current_level', 'current_status', 'status'),
      principal: event.text('principal'),
      risk_reason: event.text('risk_reason'),
      namespace: event.text('namespace'),
      change_direction: event.text('change_direction'),
      external_session: event.text('ext_id'),
      agent_fingerprint: event.text('fp_ua'),
      acr: event.text('acr'),
      amr: event.at('amr'),
      // Which claims changed; their values may be anything.
      claims: Object.keys(event.child('claims').source).slice(0, 8),
      subject_format: subject?.format,
      tenant: nameOf(subject?.parts.tenant),
      group: nameOf(subject?.parts.group),
      txn: claims.text('txn'),
      time_from: from === null ? undefined : from,
    }),
  };
}

/** (iss, jti) identifies a SET, and nothing else does (RFC 8417 section 2.2). */
function readId(claims: RecordReader): string | null {
  const [issuer, jti] = [claims.text('iss'), claims.text('jti')];
  return issuer !== null && jti !== null ? setId(issuer, jti) : null;
}

/** The id under which the event of a SET is stored. */
export function setId(issuer: string, jti: string): string {
  return `${issuer} ${jti}`;
}

function readTime(event: RecordReader, claims: RecordReader): { at: Date; from: string | null } {
  if (event.has('event_timestamp')) return eventTime(event, ['event_timestamp'], claims);
  return eventTime(claims, claims.has('toe') ? ['toe'] : ['iat']);
}

/** `sub_id` is the subject; older transmitters put one into the event, with `subject_type` and dashes. */
function readAnySubject(record: JsonObject, payload: JsonObject): SetSubject | null {
  const old = asObject(payload.subject);
  const value =
    record.sub_id ??
    (old && typeof old.subject_type === 'string' ? { ...old, format: old.subject_type.replaceAll('-', '_') } : old);
  if (value === null || value === undefined) return null;
  try {
    return readSubject(value);
  } catch (error) {
    if (error instanceof SubjectInvalid) throw new RecordRejected('bad_subject', error.message);
    throw error;
  }
}

function readPerson(subject: SetSubject, issuer: string | null): PersonRef | null {
  const user = subject.parts.user ?? (subject.format === 'complex' ? undefined : subject.parts.self);
  if (!user) return null;
  const { fields, format } = user;
  const field = (name: string) => new RecordReader(fields).text(name);
  const made = (id: string | null, from: string | null, login: string | null = null) =>
    personRef({
      issuer: from,
      id,
      login,
      email: login && isEmail(login) ? login : id && isEmail(id) ? id : null,
      accountType: 'unknown',
      outcome: 'success',
    });
  switch (format) {
    case 'iss_sub':
      return made(field('sub'), field('iss'));
    // A name alone is no identity at an issuer: it belongs to the provider as it is configured.
    case 'email':
      return made(field('email'), null, field('email'));
    case 'account':
      return made(field('uri')?.replace(/^acct:/i, '') ?? null, null);
    case 'phone_number':
      return made(field('phone_number'), null);
    case 'opaque':
      return subject.format === 'complex' ? made(field('id'), issuer) : null;
    case 'did':
      return made(field('url'), null);
    case 'uri':
      return made(field('uri'), null);
    default:
      return null;
  }
}

/** The session of a complex subject; an opaque subject of a session's own event is that session. */
function readSession(subject: SetSubject, uri: string): string | null {
  const part =
    subject.parts.session ?? (/\/session-(revoked|established|presented)$/.test(uri) ? opaque(subject) : undefined);
  const name = nameOf(part);
  // Keycloak names no session but "ALL" when it ended every one of the person.
  return name === 'ALL' && subject.parts.user ? null : name;
}

/**
 * A session revoked of which the subject says nothing but whose it is: the event "applies to any session derived from matching" what the
 * subject names (CAEP 1.0 section 3.1), so a device, an application or a group narrows it to sessions that nobody here can tell. A tenant does
 * not: a stream speaks for one. RISC's old `sessions-revoked` means all sessions of the account; `account-disabled`, `account-purged` and
 * `credential-compromise` say nothing of sessions (RISC 1.0 sections 2.2, 2.3 and 2.7).
 */
function endsEverySession(subject: SetSubject, uri: string): boolean {
  if (!/\/caep\/event-type\/session-revoked$|\/risc\/event-type\/sessions-revoked$/.test(uri)) return false;
  if (readSession(subject, uri) !== null) return false;
  return Object.entries(subject.parts).every(
    ([member, part]) => ['self', 'user', 'tenant'].includes(member) || (member === 'session' && nameOf(part) === 'ALL'),
  );
}

function opaque(subject: SetSubject): SimpleSubject | undefined {
  return subject.parts.self?.format === 'opaque' ? subject.parts.self : undefined;
}

function nameOf(part: SimpleSubject | undefined): string | null {
  return part
    ? new RecordReader(part.fields).text('id', 'sub', 'uri', 'url', 'email', 'phone_number', 'jti', 'assertion_id')
    : null;
}

/** `{ en: "…" }` since CAEP 1.0, plain text before. */
function localized(event: RecordReader, name: string): string | null {
  return (
    event.text(name, `${name}.en`) ??
    new RecordReader(event.child(name).source).text(...Object.keys(event.child(name).source))
  );
}
