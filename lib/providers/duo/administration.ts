import type { EventType, MappedEvent, Outcome, PersonRef } from '#lib/model/event.ts';
import { duoActionType } from '#lib/providers/duo/actions.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { isEmail, personRef } from '#lib/providers/person-ref.ts';
import { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** An administrator's act of the version 1 log: `description` is JSON text, mostly. */
export function mapAdministration(event: RecordReader): MappedEvent {
  const { at, from } = eventTime(event, ['isotimestamp', 'timestamp']);
  const action = event.text('action') ?? '';
  const description = event.child('description');
  const words = description.isEmpty ? event.text('description') : description.text('error', 'message');
  const outcome = namedOutcome(action);
  const type = readType(action, description, words);
  const acting = account(event.text('username'), ownEmail(action, description), outcome);
  const object = readObject(event, action, description);
  const target = object === null ? null : account(object, description.text('email'), outcome);
  const same = target !== null && acting !== null && target.subject === acting.subject;
  return {
    sourceEventId: null,
    occurredAt: at,
    type,
    providerType: action,
    outcome,
    reason: outcome === 'failure' ? readReason(action, words) : null,
    person: target ?? acting,
    actor: target && acting && !same ? acting.subject : null,
    sourceSessionId: null,
    sourceDeviceId: null,
    client: readClient(event, action, type),
    ip: readIp(description.at('ip_address')),
    userAgent: description.text('user_agent'),
    interactive: isDoor(type) || type === 'password_changed',
    detail: smallDetail({
      object: event.text('object'),
      message: words,
      factor: description.text('factor'),
      primary_auth: description.text('primary_auth_method'),
      role: description.text('role'),
      status: description.text('status'),
      // Names only: a description may hold numbers, codes and links.
      changed: description.isEmpty || isDoor(type) ? undefined : Object.keys(description.source).slice(0, 8),
      time_from: from,
    }),
  };
}

/** An entry of the version 2 activity log: `actor`, `target`, `action.name`, `outcome.result`. */
export function mapActivity(event: RecordReader): MappedEvent {
  const { at, from } = eventTime(event, ['ts', 'isotimestamp', 'timestamp']);
  const action = event.text('action.name') ?? '';
  const result = (event.text('outcome.result') ?? '').toUpperCase();
  const type = readType(action, changedTo(event), event.text('action.details'));
  const outcome = result === '' ? namedOutcome(action) : resultOutcome(result);
  const acting = principal(event.child('actor'));
  const target = /^(user|admin)$/i.test(event.text('target.type') ?? '') ? principal(event.child('target')) : null;
  const same = target === null || target.subject === acting?.subject;
  return {
    sourceEventId: event.text('activity_id'),
    occurredAt: at,
    type,
    providerType: action || 'activity',
    outcome,
    reason: outcome === 'failure' ? readReason(action, event.text('action.details', 'outcome.reason')) : null,
    person: target ?? acting,
    actor: same ? null : (acting?.displayName ?? acting?.subject ?? null),
    sourceSessionId: null,
    sourceDeviceId: same ? event.text('access_device.epkey') : null,
    client: event.text('application.name') ?? (isDoor(type) ? 'Duo Admin Panel' : null),
    ip: readIp(event.at('access_device.ip.address', 'access_device.ip')),
    userAgent: event.text('target.details.user_agent', 'user_agent'),
    interactive: same && (/^user$/i.test(event.text('actor.type') ?? '') || isDoor(type)),
    detail: smallDetail({
      target: event.text('target.name'),
      target_type: event.text('target.type'),
      authenticator: event.text('target.details.authenticator_type'),
      actor_type: event.text('actor.type'),
      provider_place: {
        city: event.text('access_device.location.city'),
        country: event.text('access_device.location.country'),
      },
      time_from: from,
    }),
  };
}

/** The logs name what went wrong apart from what went well: `admin_login_error`, `admin_login`. */
function namedOutcome(action: string): Outcome {
  return /_(error|fail|failed|failure|denied)$/.test(action) ? 'failure' : 'success';
}

function resultOutcome(result: string): Outcome {
  return result === 'SUCCESS' ? 'success' : /FAIL|DENIED|ERROR/.test(result) ? 'failure' : 'unknown';
}

/** Of the target what is not as it was: an entry repeats a person's whole state. */
function changedTo(event: RecordReader): RecordReader {
  const status = event.text('target.details.status');
  const isNew = status !== null && status !== event.text('old_target.details.status');
  return new RecordReader(isNew ? { status } : {});
}

function readType(action: string, description: RecordReader, words: string | null): EventType {
  if (/2fa_error$/.test(action)) return /fraud|reject|den(y|ied)/i.test(words ?? '') ? 'mfa_denied' : 'mfa_verified';
  const type = duoActionType(action);
  if (type !== 'account_changed') return type;
  const status = (description.text('status') ?? '').toLowerCase();
  if (status === 'disabled' || status === 'locked out')
    return status === 'disabled' ? 'account_disabled' : 'account_locked';
  if (status === 'active') return 'account_enabled';
  // Bypass lets the person in without a second factor until somebody ends it.
  return status === 'bypass' ? 'factor_removed' : type;
}

/** Offline access is enrolled on a computer: the object is the application, and the person is who enrolled. */
function readClient(event: RecordReader, action: string, type: EventType): string | null {
  if (/^o2fa_/.test(action)) return event.text('object');
  return isDoor(type) ? 'Duo Admin Panel' : event.text('host');
}

function isDoor(type: EventType): boolean {
  return ['sign_in', 'mfa_verified', 'mfa_denied'].includes(type);
}

function readReason(action: string, words: string | null): NonNullable<MappedEvent['reason']> {
  if (/2fa/.test(action)) return /timed? ?out|no response/i.test(words ?? '') ? 'expired' : 'mfa_failed';
  if (/_ip_denied$/.test(action)) return 'policy_denied';
  return reasonFromText(words) ?? (action === 'admin_login_error' ? 'invalid_credentials' : 'other');
}

/** Whom an act is about. Of a phone or a token the object is mostly its number, and a number is nobody. */
function readObject(event: RecordReader, action: string, description: RecordReader): string | null {
  const object = event.text('object');
  if (/^(user|admin_(create|delete|update|reset|self)|bypass)_?/.test(action)) return object;
  if (!/^(phone|hardtoken|u2ftoken|webauthn|desktop|passkey|token)_?/.test(action)) return null;
  const isThing =
    object === null || /^[\d\s()+.x-]+$/i.test(object) || /\b(hotp|totp|digit|yubi\w*|duo-d\d+|token)\b/i.test(object);
  return description.text('user', 'username', 'uname') ?? (isThing ? null : object);
}

function ownEmail(action: string, description: RecordReader): string | null {
  return /^admin_(login|2fa|lockout)/.test(action) ? description.text('email') : null;
}

function account(name: string | null, email: string | null, outcome: Outcome): PersonRef | null {
  return personRef({
    issuer: null,
    id: name,
    // Somebody turned away at the door of the panel is known by the address that was typed alone.
    login: name ?? (outcome === 'failure' ? email : null),
    displayName: name,
    email: email ?? (name && isEmail(name) ? name : null),
    accountType: name !== null && /^(api|system|directory sync)/i.test(name) ? 'service' : 'human',
    outcome,
  });
}

function principal(who: RecordReader): PersonRef | null {
  const name = who.text('name');
  const kind = (who.text('type') ?? '').toLowerCase();
  return personRef({
    issuer: null,
    id: who.text('key') ?? name,
    login: name,
    displayName: name,
    email: new RecordReader(who.child('details').source).text('email') ?? (name && isEmail(name) ? name : null),
    accountType: /^(user|admin)$/.test(kind) ? 'human' : kind === '' ? 'unknown' : 'service',
    outcome: 'success',
  });
}
