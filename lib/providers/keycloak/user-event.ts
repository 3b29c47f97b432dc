import type { EventType, FailureReason, MappedEvent, Outcome, PersonRef } from '#lib/model/event.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { isKeycloakInteractive, keycloakErrorReason, keycloakEventType } from '#lib/providers/keycloak/event-types.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** A user event. `outer` is the log line it came in, or the event itself. */
export function mapUserEvent(event: RecordReader, outer: RecordReader): MappedEvent {
  const { at, from } = eventTime(event, ['time', 'timestamp', '@timestamp'], outer);
  const providerType = (event.text('type') ?? '').replace(/^access\./, '');
  const error = event.text('error');
  const outcome: Outcome = providerType.endsWith('_ERROR') || error !== null ? 'failure' : 'success';
  const details = event.child('details');
  const person = readPerson(event, details, providerType, outcome);
  const impersonator = providerType.startsWith('IMPERSONATE') ? details.text('impersonator') : null;
  return {
    sourceEventId: event.text('id', 'uid'),
    occurredAt: at,
    type: readType(providerType, details, outcome),
    providerType,
    outcome,
    reason: outcome === 'failure' ? readReason(error, details) : null,
    person,
    actor: impersonator,
    // Of a made-up code or token Keycloak repeats the session that was claimed: that is nobody's, and none.
    sourceSessionId: outcome === 'failure' && person === null ? null : readSession(event, details, providerType),
    sourceDeviceId: null,
    client: event.text('clientId', 'authDetails.clientId'),
    ip: readIp(event.at('ipAddress', 'authDetails.ipAddress')),
    userAgent: details.text('user_agent', 'userAgent', 'http_user_agent'),
    interactive: person?.accountType !== 'service' && isKeycloakInteractive(providerType),
    // redirect_uri, tokens and codes stay out: they can carry secrets.
    detail: smallDetail({
      realm: event.text('realmName', 'realmId', 'authDetails.realmId'),
      error,
      reason: details.text('reason'),
      auth_method: details.text('auth_method'),
      grant_type: details.text('grant_type'),
      identity_provider: details.text('identity_provider'),
      credential_type: details.text('credential_type', 'selected_credential_type'),
      remember_me: details.flag('remember_me'),
      scope: details.text('scope'),
      refresh_token_type: details.text('refresh_token_type'),
      revoked_client: details.text('revoked_client'),
      not_before: details.text('not_before'),
      failures: details.number('num_failures'),
      time_from: outer === event ? from : null,
    }),
  };
}

/** Log lines of older servers leave the session out; the code of a login that went well has its id. */
function readSession(event: RecordReader, details: RecordReader, providerType: string): string | null {
  const said = event.text('sessionId', 'authDetails.sessionId') ?? details.text('sessionId', 'session_id');
  return said ?? (/^(LOGIN|CODE_TO_TOKEN)$/.test(providerType) ? details.text('code_id') : null);
}

function readPerson(
  event: RecordReader,
  details: RecordReader,
  providerType: string,
  outcome: Outcome,
): PersonRef | null {
  const username = details.text('username') ?? event.text('authDetails.username');
  const isService = providerType.startsWith('CLIENT_LOGIN') || username?.startsWith('service-account-') === true;
  const first = details.text('first_name');
  const last = details.text('last_name');
  return personRef({
    issuer: null,
    id: event.text('userId', 'authDetails.userId'),
    login: username ?? details.text('email'),
    displayName: first && last ? `${first} ${last}` : username,
    email: details.text('email') ?? (outcome === 'success' ? details.text('updated_email') : null),
    accountType: isService ? 'service' : 'human',
    outcome,
  });
}

function readType(providerType: string, details: RecordReader, outcome: Outcome): EventType {
  const type = keycloakEventType(providerType);
  if (type === 'factor_added' && details.text('credential_type') === 'password') return 'password_changed';
  if (type === 'token_revoked' && details.has('revoked_client')) return 'consent_revoked';
  const reused = /reuse/i.test(details.text('reason') ?? '');
  return type === 'token_refreshed' && outcome === 'failure' && reused ? 'token_reused' : type;
}

function readReason(error: string | null, details: RecordReader): FailureReason {
  const reason = (error && keycloakErrorReason(error)) ?? reasonFromText(error) ?? 'other';
  const secondFactor = /otp|webauthn|recovery-authn/i.test(
    details.text('credential_type', 'selected_credential_type') ?? '',
  );
  return reason === 'invalid_credentials' && secondFactor ? 'mfa_failed' : reason || 'other';
}
