import type {
  AccountType,
  EventType,
  FailureReason,
  JsonObject,
  JsonValue,
  MappedEvent,
  Outcome,
  PersonRef,
} from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { isAboutTarget, oktaEventType } from '#lib/providers/okta/event-types.ts';
import { connectOkta, oktaFields, oktaPulls } from '#lib/providers/okta/okta-api.ts';
import { isEmail, personRef } from '#lib/providers/person-ref.ts';
import { RecordReader, recordsUnder } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { safePath, smallDetail } from '#lib/providers/small-detail.ts';

/** Okta: System Log events as the API gives them, with lowered keys, as a hook's inner events, or wrapped by EventBridge. */
export const okta: ProviderDefinition = {
  kind: 'okta',
  name: 'Okta',
  map,
  connect: connectOkta,
  pulls: oktaPulls,
  connection: { address: 'https://acme.okta.com', fields: oktaFields },
  reach: {
    ends: "Okta's own session: the next sign-in to anything behind Okta asks again. Sessions of Identity Engine (ids that begin with idx) cannot be ended one by one.",
    remains:
      'Sessions that applications keep themselves, and access and refresh tokens already given out, until they expire.',
  },
  unfold: { signs: ['"data"'], lists: ['events'], split: (delivery) => recordsUnder(delivery, 'data.events') },
};

function map(record: JsonObject): MappedEvent {
  const outer = new RecordReader(record);
  const event = unwrap(outer);
  const providerType = event.text('eventType');
  if (
    !providerType?.includes('.') ||
    !event.has('actor', 'outcome', 'uuid', 'published', 'displayMessage', 'debugContext')
  ) {
    throw new RecordRejected(
      'wrong_format',
      'This is no Okta System Log event: it needs "eventType" with an actor, an outcome or a uuid.',
    );
  }
  const { at, from } = eventTime(event, ['published'], outer);
  const passwordFactor = isPasswordFactor(event);
  const { outcome, reason } = readOutcome(event, providerType, passwordFactor);
  const { person, actor } = readPeople(event, providerType, outcome);
  const session = readSession(event, providerType);
  // What the system notes of a sign-in (through another identity provider, say) is of the session that it opens.
  const isOwn = actor === null || isSignInBySystem(event, providerType);
  const type = readType(event, providerType, outcome, passwordFactor);
  return {
    sourceEventId: event.text('uuid'),
    occurredAt: at,
    type,
    providerType,
    outcome,
    reason: unknownAccount(event) && reason === 'invalid_credentials' ? 'unknown_user' : reason,
    person,
    actor,
    // The session and the device of a record are the actor's: they say nothing of the account acted upon.
    sourceSessionId: isOwn ? session : null,
    sourceDeviceId: isOwn ? known(event.text('device.id')) : null,
    client: readClient(event),
    ip: readIp(event.at('client.ipAddress')) ?? readIp(event.at('request.ipChain.0.ip')),
    userAgent: known(event.text('client.userAgent.rawUserAgent', 'client.rawUserAgent')),
    interactive: person?.accountType === 'human' && interactiveTypes.has(type),
    detail: readDetail(event, { timeFrom: from, actorSession: isOwn ? null : session }),
  };
}

/** API calls and the system's own work run in a session that ends with them (`trs…`): only a sign-in may call such a one its own. */
function readSession(event: RecordReader, providerType: string): string | null {
  const ids = [
    event.text('authenticationContext.externalSessionId'),
    event.text('authenticationContext.rootSessionId'),
  ].map(known);
  const passing = /^user\.session\.start$/i.test(providerType) ? /^$/ : /^trs[\w-]{10,}$/;
  return ids.find((id) => id !== null && !passing.test(id)) ?? null;
}

function isSignInBySystem(event: RecordReader, providerType: string): boolean {
  return (
    event.text('actor.type') === 'SystemPrincipal' &&
    /^user\.(authentication\.auth_|session\.start)/i.test(providerType)
  );
}

const interactiveTypes: ReadonlySet<EventType> = new Set<EventType>([
  'sign_in',
  'sign_out',
  'session_started',
  'mfa_challenge',
  'mfa_verified',
  'mfa_denied',
  'password_changed',
  'impersonation_started',
]);

/** Event hooks carry `data.events`; EventBridge carries the event under `detail`. */
function unwrap(outer: RecordReader): RecordReader {
  if (outer.text('eventType')?.startsWith('com.okta.event_hook') || outer.has('data.events')) {
    const [only, ...more] = outer.list('data.events');
    if (!only || more.length > 0) {
      throw new RecordRejected(
        'envelope',
        'This is an Okta event hook delivery; send the entries of "data.events" as records of their own.',
      );
    }
    return only;
  }
  const inner = outer.child('detail');
  return !outer.has('eventType') && inner.has('eventType') ? inner : outer;
}

function readType(event: RecordReader, providerType: string, outcome: Outcome, passwordFactor: boolean): EventType {
  const type = oktaEventType(providerType);
  const result = event.text('outcome.result')?.toUpperCase();
  if (providerType.toLowerCase() === 'policy.evaluate_sign_on')
    return result === 'CHALLENGE' ? 'mfa_challenge' : 'other';
  if (type !== 'mfa_verified') return type;
  // The authenticator saw a page that is not Okta's: neither a wrong factor nor the person's own no.
  if (isPhishing(event)) return 'risk_detected';
  // Identity Engine logs a wrong password here and nowhere else; a right one is followed by user.session.start.
  if (passwordFactor) return outcome === 'failure' ? 'sign_in' : 'other';
  if (result === 'CHALLENGE') return 'mfa_challenge';
  const pushAnswer = event.text(
    'debugContext.debugData.pushOnlyResponseType',
    'debugContext.debugData.pushWithNumberChallengeResponseType',
  );
  const refused = /reject|den(y|ied)|decline/i.test(`${event.text('outcome.reason') ?? ''} ${pushAnswer ?? ''}`);
  return outcome === 'failure' && refused ? 'mfa_denied' : type;
}

function isPhishing(event: RecordReader): boolean {
  return /phishing/i.test(event.text('outcome.reason') ?? '');
}

function isPasswordFactor(event: RecordReader): boolean {
  const enrolled = event.list('target').find((target) => target.text('type') === 'AuthenticatorEnrollment');
  const factor =
    event.text('debugContext.debugData.factor', 'authenticationContext.credentialType') ??
    enrolled?.text('detailEntry.methodTypeUsed') ??
    '';
  return /^password/i.test(factor) && /auth_via_mfa$/i.test(event.text('eventType') ?? '');
}

function readOutcome(
  event: RecordReader,
  providerType: string,
  passwordFactor: boolean,
): { outcome: Outcome; reason: FailureReason | null } {
  const result = (event.text('outcome.result') ?? '').toUpperCase();
  if (result === 'SUCCESS' || result === 'ALLOW') return { outcome: 'success', reason: null };
  if (!['FAILURE', 'DENY', 'RATE_LIMIT', 'ABANDONED', 'UNANSWERED'].includes(result))
    return { outcome: 'unknown', reason: null };
  const words = reasonFromText(event.text('outcome.reason', 'debugContext.debugData.loginResult'));
  // The refused sign-in is what failed; that the account was locked is what happened.
  if (oktaEventType(providerType) === 'account_locked' && words === 'account_locked')
    return { outcome: 'success', reason: null };
  const aboutMfa = /mfa|factor|okta_verify/i.test(providerType) && !passwordFactor && !isPhishing(event);
  if (aboutMfa && (words === null || words === 'invalid_credentials' || words === 'policy_denied'))
    return { outcome: 'failure', reason: 'mfa_failed' };
  if (result === 'UNANSWERED') return { outcome: 'failure', reason: 'expired' };
  if (words) return { outcome: 'failure', reason: words };
  const denied =
    result === 'DENY' || result === 'RATE_LIMIT' || /unauth_app_access_attempt$|deny_access$/i.test(providerType);
  return { outcome: 'failure', reason: denied ? 'policy_denied' : 'other' };
}

function readPeople(
  event: RecordReader,
  providerType: string,
  outcome: Outcome,
): { person: PersonRef | null; actor: string | null } {
  const said = event.child('actor');
  // Of a threat Okta names the address as who acted; that is no account.
  const actor = /^(ip ?address|device|network)$/i.test(said.text('type') ?? '') ? new RecordReader({}) : said;
  const targets = event.list('target').filter((target) => target.text('type') === 'User');
  const target = targets[0];
  const byPerson = actor.text('type') === 'User' || (!actor.has('type') && !actor.isEmpty);
  if (target && (isAboutTarget(providerType) || !byPerson)) {
    const same = byPerson && sameAccount(actor, target);
    return { person: principal(same ? actor : target, outcome), actor: same || actor.isEmpty ? null : label(actor) };
  }
  return { person: actor.isEmpty ? null : principal(actor, outcome), actor: null };
}

/** Self-service leaves the person as actor and as target; the ids differ only in records somebody has anonymised. */
function sameAccount(actor: RecordReader, target: RecordReader): boolean {
  const id = known(actor.text('id'));
  const name = known(actor.text('alternateId'));
  return (
    (id !== null && id === known(target.text('id'))) ||
    (name !== null && name.toLowerCase() === known(target.text('alternateId'))?.toLowerCase())
  );
}

function principal(account: RecordReader, outcome: Outcome): PersonRef | null {
  const login = known(account.text('alternateId'));
  const displayName = known(account.text('displayName'));
  const id = known(account.text('id'));
  const said = account.text('id') !== null;
  return personRef({
    issuer: null,
    // "unknown" is Okta's word for an account it does not have; an id merely left out is replaced by the login.
    id: id ?? (said ? null : login),
    login,
    displayName,
    email: login && isEmail(login) ? login : null,
    accountType: accountTypes[account.text('type') ?? 'User'] ?? 'unknown',
    outcome,
  });
}

const accountTypes: Readonly<Record<string, AccountType>> = {
  User: 'human',
  AppUser: 'human',
  PublicClientApp: 'service',
  PublicClientAppEntity: 'service',
  AppInstance: 'service',
  SystemPrincipal: 'service',
  SERVICE_ACCOUNT: 'service',
  ServiceAccount: 'service',
  WorkloadPrincipal: 'workload',
  AIAgent: 'workload',
};

function unknownAccount(event: RecordReader): boolean {
  return event.text('actor.id')?.toLowerCase() === 'unknown';
}

function label(account: RecordReader): string | null {
  return known(account.text('alternateId')) ?? known(account.text('displayName')) ?? known(account.text('id'));
}

function readClient(event: RecordReader): string | null {
  const app = event
    .list('target')
    .find((target) => /^(AppInstance|PublicClientApp|App)$/.test(target.text('type') ?? ''));
  // An instance is called what the organisation calls it in `alternateId`; `displayName` may be the kind ("OpenID Connect Client").
  const label = known(app?.text('alternateId') ?? null);
  const named = label && !/^0o[a-z0-9]{16,}$/i.test(label) ? label : known(app?.text('displayName', 'id') ?? null);
  return named ?? known(event.text('client.id'));
}

/** Okta writes "unknown" where it has nothing. */
function known(text: string | null): string | null {
  return text === null || /^(unknown|null|n\/a|-)$/i.test(text.trim()) ? null : text;
}

function readDetail(event: RecordReader, extra: { timeFrom: string | null; actorSession: string | null }): JsonObject {
  const debug = event.child('debugContext.debugData');
  const place = event.child('client.geographicalContext');
  return smallDetail({
    message: event.text('displayMessage'),
    reason: event.text('outcome.reason'),
    result: event.text('outcome.result'),
    dt_hash: debug.text('dtHash'),
    device_fingerprint: debug.text('deviceFingerprint'),
    risk: plain(debug.at('risk', 'logOnlySecurityData.risk')),
    behaviors: plain(debug.at('behaviors', 'logOnlySecurityData.behaviors')),
    threat_suspected: debug.flag('threatSuspected'),
    threat_detections: plain(debug.at('threatDetections')),
    factor: debug.text('factor'),
    request_path: safePath(debug.text('requestUri')),
    privilege: debug.text('privilegeGranted', 'privilegeRevoked'),
    root_session: known(event.text('authenticationContext.rootSessionId')),
    actor_session: extra.actorSession,
    zone: known(event.text('client.zone')),
    proxy: event.flag('securityContext.isProxy'),
    network: event.text('securityContext.asOrg'),
    asn: event.number('securityContext.asNumber'),
    provider_place: { city: place.text('city'), country: place.text('country') },
    user_agent_os: known(event.text('client.userAgent.os')),
    severity: event.text('severity'),
    time_from: extra.timeFrom,
  });
}

/** Older events keep risk and behaviours as `{level=LOW, reasons=…}`, newer ones as objects; both are read as they stand. */
function plain(value: JsonValue | undefined): JsonValue | undefined {
  return typeof value === 'object' || typeof value === 'string' ? value : undefined;
}
