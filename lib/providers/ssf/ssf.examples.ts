import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';

const seconds = Date.UTC(2026, 2, 2, 9, 15, 30) / 1000;
const at = '2026-03-02T09:15:30.000Z';
const iss = 'https://idp.example.com/123456789/';
const ada: JsonObject = { format: 'iss_sub', iss, sub: 'ada' };

function set(spec: string, event: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    iss,
    jti: `jti-${spec.replace('/', '-')}`,
    iat: seconds + 60,
    aud: 'https://desk.example.org',
    txn: '8675309',
    sub_id: ada,
    events: { [`https://schemas.openid.net/secevent/${spec.replace('/', '/event-type/')}`]: event },
    ...more,
  };
}

/** Claims of security event tokens, CAEP 1.0 and RISC 1.0. */
export const ssfExamples: readonly ProviderExample[] = [
  {
    name: 'a session revoked, complex subject',
    record: set(
      'caep/session-revoked',
      {
        event_timestamp: seconds,
        initiating_entity: 'policy',
        reason_admin: { en: 'Landspeed Policy Violation: C076E82F' },
        reason_user: { en: 'Access attempt from multiple regions.' },
      },
      {
        sub_id: {
          format: 'complex',
          session: { format: 'opaque', id: 'sess-1' },
          user: ada,
          tenant: { format: 'opaque', id: '123456789' },
        },
      },
    ),
    expected: {
      at,
      sourceEventId: `${iss} jti-caep-session-revoked`,
      type: 'session_revoked',
      providerType: 'caep/session-revoked',
      outcome: 'success',
      person: { issuer: iss, subject: 'ada' },
      actor: 'policy',
      sourceSessionId: 'sess-1',
      endsSessionsUntil: null,
    },
  },
  {
    name: 'every session of a person revoked: the subject names nothing else',
    record: set('caep/session-revoked', { event_timestamp: seconds, initiating_entity: 'admin' }),
    expected: {
      at,
      type: 'session_revoked',
      person: { issuer: iss, subject: 'ada' },
      sourceSessionId: null,
      endsSessionsUntil: new Date(at),
    },
  },
  {
    name: 'the sessions of a person on one device revoked',
    record: set(
      'caep/session-revoked',
      { event_timestamp: seconds, initiating_entity: 'policy' },
      { sub_id: { format: 'complex', user: ada, device: { format: 'iss_sub', iss, sub: 'device-1' } } },
    ),
    expected: { at, type: 'session_revoked', person: { subject: 'ada' }, endsSessionsUntil: null },
  },
  {
    name: 'all sessions of an account revoked, as RISC said it before CAEP',
    record: set('risc/sessions-revoked', {}, { toe: seconds }),
    expected: {
      at,
      type: 'session_revoked',
      person: { subject: 'ada' },
      sourceSessionId: null,
      endsSessionsUntil: new Date(at),
    },
  },
  {
    name: 'an account disabled, of whose sessions RISC says nothing',
    record: set('risc/account-disabled', { reason: 'hijacking' }, { toe: seconds }),
    expected: { at, type: 'account_disabled', person: { subject: 'ada' }, endsSessionsUntil: null },
  },
  {
    name: 'a verification of the stream, which is no event that nobody knows',
    record: set('ssf/verification', { state: 'abc' }, { toe: seconds, sub_id: { format: 'opaque', id: 'stream-1' } }),
    expected: { at, type: 'admin_action', providerType: 'ssf/verification', person: null, sourceSessionId: null },
  },
  {
    name: 'every session of a person revoked, as Keycloak says it',
    record: set(
      'caep/session-revoked',
      { event_timestamp: seconds, initiating_entity: 'user', reason_admin: { en: 'User logout' } },
      { sub_id: { format: 'complex', user: ada, session: { format: 'opaque', id: 'ALL' } } },
    ),
    expected: {
      at,
      type: 'session_revoked',
      providerType: 'caep/session-revoked',
      outcome: 'success',
      person: { issuer: iss, subject: 'ada' },
      sourceSessionId: null,
      endsSessionsUntil: new Date(at),
    },
  },
  {
    name: 'a session revoked, the session alone',
    record: set('caep/session-revoked', { event_timestamp: seconds }, { sub_id: { format: 'opaque', id: 'sess-2' } }),
    expected: { at, type: 'session_revoked', person: null, sourceSessionId: 'sess-2' },
  },
  {
    name: 'a passkey added',
    record: set('caep/credential-change', {
      credential_type: 'fido2-roaming',
      change_type: 'create',
      friendly_name: 'blue key',
      initiating_entity: 'user',
      event_timestamp: seconds,
    }),
    expected: { at, type: 'factor_added', person: { subject: 'ada' }, actor: null },
  },
  {
    name: 'a password updated',
    record: set('caep/credential-change', {
      credential_type: 'password',
      change_type: 'update',
      event_timestamp: seconds,
    }),
    expected: { at, type: 'password_changed' },
  },
  {
    name: 'a device that is compliant no more',
    record: set(
      'caep/device-compliance-change',
      { previous_status: 'compliant', current_status: 'not-compliant', event_timestamp: seconds },
      { sub_id: { format: 'complex', device: { format: 'opaque', id: 'dev-1' }, user: ada } },
    ),
    expected: { at, type: 'risk_detected', sourceDeviceId: 'dev-1', person: { subject: 'ada' } },
  },
  {
    name: 'a risk level',
    record: set('caep/risk-level-change', {
      principal: 'USER',
      previous_level: 'LOW',
      current_level: 'HIGH',
      risk_reason: 'PASSWORD_FOUND_IN_DATA_BREACH',
      event_timestamp: seconds,
    }),
    expected: { at, type: 'risk_detected', providerType: 'caep/risk-level-change' },
  },
  {
    name: 'an account disabled, by e-mail; its time is when it was issued',
    record: set(
      'risc/account-disabled',
      { reason: 'hijacking' },
      { iat: seconds, sub_id: { format: 'email', email: 'ada@acme.example' } },
    ),
    expected: {
      at,
      type: 'account_disabled',
      person: { issuer: null, subject: 'ada@acme.example', email: 'ada@acme.example' },
      detail: {
        issuer: iss,
        reason: 'hijacking',
        subject_format: 'email',
        txn: '8675309',
      },
    },
  },
  {
    name: 'a subject with aliases',
    record: set(
      'risc/account-purged',
      {},
      {
        iat: seconds,
        sub_id: { format: 'aliases', identifiers: [{ format: 'email', email: 'ada@acme.example' }, ada] },
      },
    ),
    expected: { at, type: 'account_deleted', person: { issuer: iss, subject: 'ada' } },
  },
  {
    name: 'an event type nobody listed',
    record: set('acme/coffee', { event_timestamp: seconds }),
    expected: { at, type: 'other', providerType: 'acme/coffee' },
  },
];
