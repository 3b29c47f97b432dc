import type { EventType, MappedEvent, PersonRef } from '#lib/model/event.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { keycloakErrorReason } from '#lib/providers/keycloak/event-types.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** An admin event: about the user in its resource path, else about the administrator who acted. */
export function mapAdminEvent(event: RecordReader, outer: RecordReader): MappedEvent {
  const { at, from } = eventTime(event, ['time', 'timestamp', '@timestamp'], outer);
  const operation = event.text('operationType') ?? '';
  const resource = event.text('resourceType') ?? '';
  const path = (event.text('resourcePath') ?? '').replace(/^\//, '');
  const error = event.text('error');
  const outcome = error === null ? 'success' : 'failure';
  const target = readTargetId(event, resource, path);
  const administrator = readAdministrator(event);
  const person = target !== null ? readTarget(event, target) : isOfOthers(path) ? null : administrator;
  return {
    sourceEventId: event.text('id', 'uid'),
    occurredAt: at,
    type: readType(event, operation, resource, path),
    providerType: `${operation} ${resource}`.trim(),
    outcome,
    reason: error === null ? null : (keycloakErrorReason(error) ?? reasonFromText(error) ?? 'other'),
    person,
    actor:
      person !== administrator && administrator && administrator.subject !== target
        ? (administrator.displayName ?? administrator.subject)
        : null,
    // Only the session that was ended; the administrator's own says nothing of the person.
    sourceSessionId: /^sessions\/([^/]+)$/.exec(path)?.[1] ?? null,
    endsSessionsUntil: target !== null && signsOutEverywhere(operation, path) ? at : null,
    sourceDeviceId: null,
    client: event.text('authDetails.clientId', 'clientId'),
    ip: readIp(event.at('authDetails.ipAddress', 'ipAddress')),
    userAgent: event.text('details.user_agent', 'details.userAgent'),
    interactive: false,
    detail: smallDetail({
      realm: event.text('realmName', 'realmId', 'authDetails.realmId'),
      resource_path: path.replace(/\?.*$/, ''),
      error,
      roles: readRoles(event),
      time_from: outer === event ? from : null,
    }),
  };
}

/** The user in the path; the realm's form for profiles, `users/profile`, is nobody. An ended session may name whose it was. */
function readTargetId(event: RecordReader, resource: string, path: string): string | null {
  if (resource === 'USER_PROFILE') return null;
  const member = /^organizations\/[^/]+\/(?:.+\/)?members\/(?!invite-)([^/]+)$/.exec(path)?.[1];
  if (/^sessions\//.test(path)) return event.text('representation.userId', 'representation.user_id');
  return /(?:^|\/)users\/([^/]+)/.exec(path)?.[1] ?? member ?? null;
}

/** Done to everybody ("sign out all"), to whoever holds a session or to a group: not to the administrator who did it. */
function isOfOthers(path: string): boolean {
  return /(^|\/)(logout-all|push-revocation)$|^sessions\/|^groups\/[^/]+\/role-mappings(\/|$)/.test(path);
}

/**
 * `POST users/{id}/logout` removes all sessions of the user, and refresh tokens from before are refused from then on, offline ones too. Access
 * tokens go on until they expire. "Sign out all" of a realm names nobody, so it ends nobody's sessions here.
 */
function signsOutEverywhere(operation: string, path: string): boolean {
  return operation === 'ACTION' && /^users\/[^/]+\/logout$/.test(path);
}

/** First match wins: operations, resource path, what it means. */
const rules: readonly (readonly [RegExp, RegExp, EventType])[] = [
  [/DELETE/, /^sessions\/[^/]+$/, 'session_revoked'],
  [/ACTION/, /^users\/[^/]+\/logout$/, 'session_revoked'],
  [/ACTION/, /(^|\/)(logout-all|push-revocation)$/, 'session_revoked'],
  [/ACTION|UPDATE/, /^users\/[^/]+\/reset-password$/, 'password_reset'],
  [/ACTION|UPDATE/, /^users\/[^/]+\/(reset-password-email)$/, 'password_reset_requested'],
  [/ACTION|UPDATE/, /^users\/[^/]+\/execute-actions-email$/, 'recovery_started'],
  [/ACTION/, /^users\/[^/]+\/impersonation$/, 'impersonation_started'],
  [
    /DELETE|UPDATE|ACTION/,
    /^users\/[^/]+\/(credentials\/[^/]+|disable-credential-types|remove-totp)$/,
    'factor_removed',
  ],
  [/CREATE/, /^(users|groups)\/[^/]+\/role-mappings(\/|$)/, 'privilege_granted'],
  [/DELETE/, /^(users|groups)\/[^/]+\/role-mappings(\/|$)/, 'privilege_revoked'],
  [/CREATE|DELETE/, /^organizations\/[^/]+\/(.+\/)?members\/(?!invite-)[^/]+$/, 'account_changed'],
  [/ACTION/, /^users\/[^/]+\/send-verify-email$/, 'other'],
  [/UPDATE/, /^users\/profile$/, 'admin_action'],
  [/DELETE/, /^users\/[^/]+\/consents\/[^/]+$/, 'consent_revoked'],
  [/DELETE/, /^attack-detection\/brute-force\/users(\/[^/]+)?$/, 'account_unlocked'],
  [/CREATE/, /^users\/[^/]+$/, 'account_created'],
  [/DELETE/, /^users\/[^/]+$/, 'account_deleted'],
  [/UPDATE/, /^users\/[^/]+$/, 'account_changed'],
  [/./, /^users\/[^/]+\/.+$/, 'account_changed'],
];

function readType(event: RecordReader, operation: string, resource: string, path: string): EventType {
  if (resource === 'USER' && operation === 'CREATE' && path === 'users') return 'account_created';
  const type =
    rules.find(([operations, pattern]) => operations.test(operation) && pattern.test(path))?.[2] ?? 'admin_action';
  // Every update carries `enabled: true`, so only its opposite tells that something happened.
  return type === 'account_changed' && event.flag('representation.enabled') === false ? 'account_disabled' : type;
}

function readAdministrator(event: RecordReader): PersonRef | null {
  // `details` hold what the act was about, its user's name among it: never the administrator's.
  const username = event.text('authDetails.username');
  return personRef({
    issuer: null,
    id: event.text('authDetails.userId', 'userId'),
    login: username,
    displayName: username,
    accountType: username?.startsWith('service-account-') ? 'service' : 'human',
    outcome: 'success',
  });
}

function readTarget(event: RecordReader, id: string): PersonRef | null {
  const isUser = /^(USER|ORGANIZATION_MEMBERSHIP)$/.test(event.text('resourceType') ?? '');
  const user = isUser ? event.child('representation') : new RecordReader({});
  const told = isUser ? event.child('details') : user;
  const username = user.text('username') ?? told.text('username');
  const isService = username?.startsWith('service-account-') === true;
  return personRef({
    issuer: null,
    id,
    login: username,
    displayName: username,
    email: user.text('email') ?? told.text('email'),
    accountType: isService ? 'service' : username === null ? 'unknown' : 'human',
    outcome: 'success',
  });
}

function readRoles(event: RecordReader): string[] | null {
  if (!/ROLE_MAPPING/.test(event.text('resourceType') ?? '')) return null;
  return event
    .list('representation')
    .flatMap((role) => role.text('name') ?? [])
    .slice(0, 8);
}
