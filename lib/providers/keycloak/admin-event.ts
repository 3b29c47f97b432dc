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
  const target = /(?:^|\/)users\/([^/]+)/.exec(path)?.[1] ?? null;
  const administrator = readAdministrator(event);
  // "Sign out all" and "push" are done to everybody: not to the administrator who did it.
  const isForAll = /(^|\/)(logout-all|push-revocation)$/.test(path);
  const person = target !== null ? readTarget(event, target) : isForAll ? null : administrator;
  return {
    sourceEventId: event.text('id', 'uid'),
    occurredAt: at,
    type: readType(event, operation, resource, path),
    providerType: `${operation} ${resource}`.trim(),
    outcome,
    reason: error === null ? null : (keycloakErrorReason(error) ?? reasonFromText(error) ?? 'other'),
    person,
    actor:
      (isForAll || target !== null) && administrator && administrator.subject !== target
        ? (administrator.displayName ?? administrator.subject)
        : null,
    // Only the session that was ended; the administrator's own says nothing of the person.
    sourceSessionId: /^sessions\/([^/]+)$/.exec(path)?.[1] ?? null,
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
  [/CREATE/, /^users\/[^/]+\/role-mappings(\/|$)/, 'privilege_granted'],
  [/DELETE/, /^users\/[^/]+\/role-mappings(\/|$)/, 'privilege_revoked'],
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
  const username = event.text('authDetails.username', 'details.username');
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
  const user = event.text('resourceType') === 'USER' ? event.child('representation') : new RecordReader({});
  const username = user.text('username') ?? null;
  const isService = username?.startsWith('service-account-') === true;
  return personRef({
    issuer: null,
    id,
    login: username,
    displayName: username,
    email: user.text('email'),
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
