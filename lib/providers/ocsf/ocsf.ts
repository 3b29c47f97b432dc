import type {
  AccountType,
  EventType,
  FailureReason,
  JsonObject,
  MappedEvent,
  Outcome,
  PersonRef,
} from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { ocsfEventType } from '#lib/providers/ocsf/classes.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime, parseTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** OCSF 1.x, the native format: Authentication (3002) and Account Change (3001) above all. */
export const ocsf: ProviderDefinition = { kind: 'ocsf', name: 'OCSF', map: mapOcsf };

/**
 * Maps one OCSF event; also the mapping of providers that speak OCSF themselves.
 * @throws RecordRejected `wrong_format` without a class, `missing_time` or `bad_time` without a usable time.
 */
export function mapOcsf(record: JsonObject): MappedEvent {
  const event = new RecordReader(record);
  const typeUid = event.number('type_uid');
  const classUid = event.number('class_uid') ?? (typeUid === null ? null : Math.trunc(typeUid / 100));
  if (classUid === null || !event.has('activity_id', 'activity_name', 'metadata', 'time', 'time_dt', 'type_uid')) {
    throw new RecordRejected(
      'wrong_format',
      'This is no OCSF event: it needs "class_uid" (3002 for Authentication, 3001 for Account Change) and "activity_id".',
    );
  }
  const { at, from } = eventTime(event, ['time', 'time_dt', 'start_time']);
  const activityId = event.number('activity_id') ?? (typeUid === null ? 0 : typeUid % 100);
  const type = ocsfEventType(classUid, activityId, [event.text('metadata.event_code'), event.text('activity_name')]);
  const { outcome, reason } = readOutcome(event);
  const { person, actor } = readPeople(event, outcome, reason);
  return {
    sourceEventId: event.text('metadata.uid', 'uid'),
    occurredAt: at,
    type,
    providerType: event.text('metadata.event_code', 'type_name') ?? `${classUid}:${activityId}`,
    outcome,
    reason,
    person,
    actor,
    // The actor's session is the person's only when nobody else acted.
    sourceSessionId:
      event.text('session.uid', 'unmapped.gatehouse.session_uid') ??
      (actor === null ? event.text('actor.session.uid') : null),
    sourceDeviceId: actor === null ? event.text('device.uid') : null,
    client: event.text(
      'service.name',
      'service.uid',
      'dst_endpoint.svc_name',
      'dst_endpoint.name',
      'dst_endpoint.hostname',
      'actor.app_name',
      'actor.app_uid',
    ),
    ip: readIp(event.at('src_endpoint.ip')) ?? readIp(event.at('device.ip')),
    userAgent: event.text('http_request.user_agent'),
    // OCSF has no word for it; our own export and senders who mean it say so.
    endsSessionsUntil: parseTime(event.at('unmapped.gatehouse.ends_sessions_until')),
    interactive: isInteractive(event, type, person),
    detail: readDetail(event, from),
  };
}

/** logon_type_id 1, 4 and 5 are system, batch and service. 3 (network) is what many products write for any web sign-in. */
function isInteractive(event: RecordReader, type: EventType, person: PersonRef | null): boolean {
  if (person?.accountType === 'service' || person?.accountType === 'workload') return false;
  if ([1, 4, 5].includes(event.number('logon_type_id') ?? 0)) return false;
  // As our own export says it.
  if (event.flag('unmapped.gatehouse.interactive') === false) return false;
  return [
    'sign_in',
    'sign_out',
    'session_started',
    'mfa_challenge',
    'mfa_verified',
    'mfa_denied',
    'password_changed',
    'impersonation_started',
  ].includes(type);
}

function readOutcome(event: RecordReader): { outcome: Outcome; reason: FailureReason | null } {
  const id = event.number('status_id');
  const status = event.text('status') ?? '';
  if (id === 1 || (id !== 2 && /^succe/i.test(status))) return { outcome: 'success', reason: null };
  if (id !== 2 && !/^fail/i.test(status)) return { outcome: 'unknown', reason: null };
  const words = [event.text('status_detail'), event.text('status_code'), event.text('message')];
  return { outcome: 'failure', reason: words.map(reasonFromText).find((reason) => reason !== null) ?? 'other' };
}

function readPeople(
  event: RecordReader,
  outcome: Outcome,
  reason: FailureReason | null,
): { person: PersonRef | null; actor: string | null } {
  const issuer = event.text('session.issuer', 'actor.session.issuer');
  const user = event.child('user', 'session.user');
  const by = event.child('actor.user');
  const actor = readUser(by, issuer, 'success', null);
  // OCSF asks for a user where there was none; our own export says so.
  if (event.flag('unmapped.gatehouse.no_person') === true)
    return { person: null, actor: actor?.email ?? actor?.displayName ?? actor?.subject ?? null };
  const person = readUser(user, issuer, outcome, reason);
  if (!person) return { person: readUser(by, issuer, outcome, reason), actor: null };
  if (!actor || actor.subject === person.subject || sameName(by, user)) return { person, actor: null };
  return { person, actor: actor.email ?? actor.displayName ?? actor.subject };
}

function sameName(a: RecordReader, b: RecordReader): boolean {
  const name = a.text('email_addr', 'name')?.toLowerCase();
  return name !== undefined && name === b.text('email_addr', 'name')?.toLowerCase();
}

function readUser(
  user: RecordReader,
  issuer: string | null,
  outcome: Outcome,
  reason: FailureReason | null,
): PersonRef | null {
  const login = user.text('name', 'email_addr', 'full_name');
  const id = user.text('uid', 'uid_alt');
  const nobody = reason === 'unknown_user' && (id === null || /^unknown$/i.test(id));
  return personRef({
    issuer,
    id: nobody ? null : id,
    login,
    displayName: user.text('full_name', 'display_name', 'name'),
    email: user.text('email_addr'),
    accountType: accountType(user),
    outcome,
  });
}

/** user.type_id: 1 user, 2 admin, 3 system, 4 service; the words of `type` and `account.type` where there is no number. */
function accountType(user: RecordReader): AccountType {
  const id = user.number('type_id');
  if (id === 1 || id === 2) return 'human';
  if (id === 3 || id === 4) return 'service';
  const word = user.text('type', 'account.type') ?? '';
  if (/workload|managed ?identity|assumed ?role|instance|machine/i.test(word)) return 'workload';
  if (/service|system|application|client|robot|bot\b/i.test(word)) return 'service';
  if (word === '' || /user|admin|human|person|employee|guest|member/i.test(word)) return 'human';
  return 'unknown';
}

function readDetail(event: RecordReader, timeFrom: string | null): JsonObject {
  const expires = parseTime(event.at('session.expiration_time', 'session.expiration_time_dt'));
  const created = parseTime(event.at('session.created_time', 'session.created_time_dt'));
  const factors = event
    .list('auth_factors')
    .flatMap((factor) => factor.text('factor_type', 'provider', 'factor_type_id') ?? []);
  return smallDetail({
    class: event.text('class_name', 'class_uid'),
    activity: event.text('activity_name'),
    message: event.text('message'),
    status_detail: event.text('status_detail'),
    status_code: event.text('status_code'),
    mfa: event.flag('is_mfa'),
    protocol: event.text('auth_protocol'),
    factors,
    session_started_at: created?.toISOString(),
    session_expires_at: expires?.toISOString(),
    logon_type: event.text('logon_type'),
    policy: event.text('policy.name'),
    privileges: event.at('privileges'),
    product: event.text('metadata.product.name'),
    device_name: event.text('device.name', 'device.hostname'),
    provider_place: {
      city: event.text('src_endpoint.location.city'),
      country: event.text('src_endpoint.location.country'),
    },
    time_from: timeFrom,
  });
}
