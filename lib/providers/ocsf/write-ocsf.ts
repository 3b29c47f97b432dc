import type { AccountType, EventType, FailureReason, JsonObject, Outcome, TimeQuality } from '#lib/model/event.ts';
import { ocsfActivityOf, ocsfCaption, ownWordOf } from '#lib/providers/ocsf/classes.ts';

/** A stored event, as far as OCSF can carry it. Times are ISO 8601 UTC; `claimedTime` is what the record said where that was not believable. */
export type WritableEvent = {
  sourceEventId: string;
  occurredAt: string;
  receivedAt: string;
  timeQuality: TimeQuality;
  claimedTime: string | null;
  provider: string;
  type: EventType;
  providerType: string;
  outcome: Outcome;
  reason: FailureReason | null;
  interactive: boolean;
  issuer: string | null;
  subject: string | null;
  personName: string | null;
  personEmail: string | null;
  accountType: AccountType | null;
  sourceSessionId: string | null;
  endsSessionsUntil: string | null;
  deviceFingerprint: string | null;
  actor: string | null;
  client: string | null;
  ip: string | null;
  userAgent: string | null;
  country: string | null;
  city: string | null;
  asn: number | null;
  asName: string | null;
  raw: string | null;
};

/** Words that every reader of failures, ours too, takes for the same class. */
const reasonWords: Record<FailureReason, string> = {
  invalid_credentials: 'invalid credentials',
  unknown_user: 'unknown user',
  account_locked: 'account locked',
  account_disabled: 'account disabled',
  password_expired: 'password expired',
  mfa_required: 'mfa required',
  mfa_failed: 'mfa failed',
  policy_denied: 'policy denied',
  configuration: 'misconfiguration',
  expired: 'expired',
  other: 'other',
};
const accountTypes: Record<AccountType, JsonObject> = {
  human: { type_id: 1, type: 'User' },
  service: { type_id: 4, type: 'Service' },
  workload: { type_id: 99, type: 'Workload' },
  unknown: { type_id: 0, type: 'Unknown' },
};
const statuses: Record<Outcome, JsonObject> = {
  success: { status_id: 1, status: 'Success' },
  failure: { status_id: 2, status: 'Failure' },
  unknown: { status_id: 0, status: 'Unknown' },
};

/**
 * An event as an OCSF 1.5 record, Authentication (3002) or Account Change (3001), with what those classes require and nothing they do
 * not know. What OCSF has no activity for goes as activity 99 with our word as its name, what it has no attribute for stands in
 * `unmapped`. Reading it again with `mapOcsf` gives the same event.
 */
export function writeOcsf(event: WritableEvent): JsonObject {
  const { classUid, activityId } = ocsfActivityOf(event.type) ?? {
    classUid: 3002,
    activityId: event.type === 'other' ? 0 : 99,
  };
  const isNamed = ocsfActivityOf(event.type) !== null;
  // The provider's own name would be taken for the type where it happens to be another of our words.
  const misleads = !isNamed && ownWordOf(event.providerType) !== null;
  const deviceId = event.deviceFingerprint?.startsWith('id:') ? event.deviceFingerprint.slice(3) : null;
  const isAuthentication = classUid === 3002;
  const session = present({ uid: event.sourceSessionId, issuer: event.issuer });
  return {
    class_uid: classUid,
    category_uid: 3,
    activity_id: activityId,
    activity_name: ocsfCaption(classUid, activityId) ?? event.type,
    type_uid: classUid * 100 + activityId,
    severity_id: event.outcome === 'failure' ? 2 : 1,
    time: Date.parse(event.occurredAt),
    ...statuses[event.outcome],
    ...(event.reason ? { status_detail: reasonWords[event.reason] } : {}),
    metadata: {
      uid: event.sourceEventId,
      version: '1.5.0',
      logged_time: Date.parse(event.receivedAt),
      ...present({ original_time: event.claimedTime }),
      product: { name: event.provider, vendor_name: 'Gatehouse' },
      ...(misleads ? {} : { event_code: event.providerType }),
      ...(deviceId || event.actor || !isAuthentication ? { profiles: ['host'] } : {}),
    },
    user: event.subject === null ? { name: 'Unknown', type_id: 0, type: 'Unknown' } : userOf(event),
    ...filled('actor', actorOf(event, isAuthentication)),
    ...(isAuthentication ? { ...filled('session', session), ...serviceOf(event) } : {}),
    ...(event.ip ? { src_endpoint: endpointOf(event) } : {}),
    ...(event.userAgent ? { http_request: { user_agent: event.userAgent } } : {}),
    ...(deviceId ? { device: { uid: deviceId, type_id: 0, type: 'Unknown' } } : {}),
    ...filled('unmapped', filled('gatehouse', unmappedOf(event, isAuthentication))),
    ...(event.raw === null ? {} : { raw_data: event.raw }),
  };
}

/** Account Change knows neither session nor service: both stand with the actor there. */
function actorOf(event: WritableEvent, isAuthentication: boolean): JsonObject {
  const user: JsonObject = event.actor ? { user: { uid: event.actor, name: event.actor } } : {};
  if (isAuthentication) return user;
  const uid = event.actor ? null : event.sourceSessionId;
  return {
    ...user,
    ...filled('session', present({ uid, issuer: event.issuer })),
    ...present({ app_name: event.client }),
  };
}

/** Authentication asks for a service or an endpoint that was signed in to; where nobody said which, it is the provider itself. */
function serviceOf(event: WritableEvent): JsonObject {
  return event.client ? { service: { name: event.client } } : { dst_endpoint: { uid: event.provider } };
}

/** What no attribute of the class says: that there was nobody, or nobody at a keyboard; a session that is not the actor's; the end of all; a doubtful time. */
function unmappedOf(event: WritableEvent, isAuthentication: boolean): JsonObject {
  return {
    ...(event.subject === null ? { no_person: true } : {}),
    ...(event.interactive ? {} : { interactive: false }),
    ...(event.timeQuality === 'ok' ? {} : { time_quality: event.timeQuality }),
    ...(!isAuthentication && event.actor ? present({ session_uid: event.sourceSessionId }) : {}),
    ...present({ ends_sessions_until: event.endsSessionsUntil }),
  };
}

function filled(name: string, fields: JsonObject): JsonObject {
  return Object.keys(fields).length > 0 ? { [name]: fields } : {};
}

function userOf(event: WritableEvent): JsonObject {
  const names = present({ full_name: event.personName, email_addr: event.personEmail });
  return { uid: event.subject, ...names, ...accountTypes[event.accountType ?? 'unknown'] };
}

function endpointOf(event: WritableEvent): JsonObject {
  const location = present({ country: event.country, city: event.city });
  return {
    ip: event.ip,
    ...(Object.keys(location).length > 0 ? { location } : {}),
    ...(event.asn ? { autonomous_system: present({ number: event.asn, name: event.asName }) } : {}),
  };
}

function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
