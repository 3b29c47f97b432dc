import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';

const at = '2026-03-02T09:15:30.000Z';
const seconds = Date.UTC(2026, 2, 2, 9, 15, 30) / 1000;

function authentication(more: JsonObject): JsonObject {
  return {
    txid: 'tx-1',
    event_type: 'authentication',
    timestamp: seconds,
    isotimestamp: '2026-03-02T09:15:30.000000+00:00',
    factor: 'duo_push',
    result: 'success',
    reason: 'user_approved',
    email: 'ada@acme.example',
    user: { key: 'DUADA', name: 'ada', groups: ['Staff'] },
    application: { key: 'DIVPN', name: 'VPN' },
    access_device: {
      ip: '203.0.113.7',
      browser: 'Chrome',
      browser_version: '126.0',
      os: 'Windows',
      os_version: '11',
      epkey: 'EP1',
      location: { city: 'Ghent', country: 'Belgium' },
    },
    auth_device: { ip: '198.51.100.9', name: 'phone' },
    ...more,
  };
}

function administrator(action: string, more: JsonObject): JsonObject {
  return { action, timestamp: seconds, isotimestamp: '2026-03-02T09:15:30+00:00', username: 'Root', ...more };
}

/** Duo records of both versions of the log API. */
export const duoExamples: readonly ProviderExample[] = [
  {
    name: 'a push approved (version 2)',
    record: authentication({}),
    expected: {
      at,
      sourceEventId: `tx-1:${seconds}`,
      type: 'mfa_verified',
      outcome: 'success',
      reason: null,
      person: { subject: 'DUADA', displayName: 'ada', email: 'ada@acme.example', accountType: 'human' },
      sourceDeviceId: 'EP1',
      client: 'VPN',
      ip: '203.0.113.7',
      interactive: true,
    },
  },
  {
    name: 'a push reported as fraud, its address with a port',
    record: authentication({ result: 'fraud', reason: 'user_marked_fraud', access_device: { ip: '203.0.113.7:1234' } }),
    expected: { at, type: 'mfa_denied', outcome: 'failure', reason: 'mfa_failed', ip: '203.0.113.7' },
  },
  {
    name: 'a push nobody answered',
    record: authentication({ result: 'denied', reason: 'no_response' }),
    expected: { at, type: 'mfa_verified', outcome: 'failure', reason: 'expired', person: { subject: 'DUADA' } },
  },
  {
    name: 'a device the policy does not want',
    record: authentication({ result: 'denied', reason: 'out_of_date' }),
    expected: { at, type: 'mfa_verified', outcome: 'failure', reason: 'policy_denied' },
  },
  {
    name: 'somebody who has enrolled nothing yet, which is nobody saying no',
    record: authentication({ result: 'denied', reason: 'deny_unenrolled_user', factor: 'not_available' }),
    expected: { at, type: 'mfa_verified', outcome: 'failure', reason: 'mfa_required' },
  },
  {
    name: 'a phone whose fingerprint reader is off',
    record: authentication({ result: 'denied', reason: 'touch_id_disabled' }),
    expected: { at, type: 'mfa_verified', outcome: 'failure', reason: 'policy_denied' },
  },
  {
    name: 'new codes asked for by text message, which prove nothing yet',
    record: authentication({ factor: 'sms_refresh', reason: null }),
    expected: { at, type: 'mfa_challenge', outcome: 'success', reason: null },
  },
  {
    name: 'a computer that is remembered, said by the factor alone (version 1)',
    record: {
      timestamp: seconds,
      username: 'ada',
      factor: 'Remembered Device',
      integration: 'VPN',
      result: 'SUCCESS',
      reason: '',
    },
    expected: { at, type: 'sign_in', outcome: 'success', person: { subject: 'ada' }, client: 'VPN' },
  },
  {
    name: 'a wrong passcode (version 1)',
    record: {
      timestamp: seconds,
      username: 'ada',
      factor: 'Passcode',
      integration: 'VPN',
      ip: '203.0.113.7',
      new_enrollment: false,
      reason: 'Invalid passcode',
      result: 'FAILURE',
      device: '555-0100',
    },
    expected: {
      at,
      type: 'mfa_verified',
      outcome: 'failure',
      reason: 'mfa_failed',
      person: { subject: 'ada' },
      client: 'VPN',
      ip: '203.0.113.7',
    },
  },
  {
    name: 'an enrolment',
    record: authentication({ event_type: 'enrollment', factor: null, reason: null }),
    expected: { at, type: 'factor_added', outcome: 'success' },
  },
  {
    name: 'an administrator signs in',
    record: administrator('admin_login', {
      description: '{"ip_address":"203.0.113.1","factor":"push","primary_auth_method":"Password"}',
    }),
    expected: {
      at,
      type: 'sign_in',
      outcome: 'success',
      person: { subject: 'Root' },
      actor: null,
      ip: '203.0.113.1',
      interactive: true,
    },
  },
  {
    name: 'an administrator says no to a push that somebody else started',
    record: administrator('admin_2fa_error', {
      description:
        '{"ip_address":"203.0.113.66","email":"root@acme.example","factor":"push","error":"Login request reported as fraudulent."}',
    }),
    expected: {
      at,
      type: 'mfa_denied',
      outcome: 'failure',
      reason: 'mfa_failed',
      person: { subject: 'Root', email: 'root@acme.example' },
      ip: '203.0.113.66',
    },
  },
  {
    name: 'an administrator disables somebody',
    record: administrator('user_update', { object: 'ada@acme.example', description: '{"status":"Disabled"}' }),
    expected: {
      at,
      type: 'account_disabled',
      person: { subject: 'ada@acme.example', email: 'ada@acme.example' },
      actor: 'Root',
    },
  },
  {
    name: 'an administrator lets somebody in without a second factor',
    record: administrator('user_update', { object: 'ada', description: '{"status":"Bypass"}' }),
    expected: { at, type: 'factor_removed', person: { subject: 'ada' }, actor: 'Root' },
  },
  {
    name: 'an administrator activates Duo Push',
    record: administrator('admin_activates_duo_push', { object: '+32 470 00 00 00', description: '{"extension":""}' }),
    expected: { at, type: 'factor_added', person: { subject: 'Root' }, actor: null },
  },
  {
    name: 'a call of the API from an address that is not allowed',
    record: administrator('adminapi_request_ip_denied', { username: 'API', object: 'Admin API', description: null }),
    expected: {
      at,
      type: 'admin_action',
      outcome: 'failure',
      reason: 'policy_denied',
      person: { accountType: 'service' },
    },
  },
  {
    name: 'a policy change; the description is no JSON',
    record: administrator('policy_update', { object: 'Global Policy', description: '"broken' }),
    expected: { at, type: 'admin_action', person: { subject: 'Root' }, actor: null },
  },
  {
    name: 'a security key registered, from the activity log',
    record: {
      activity_id: 'act-1',
      ts: '2026-03-02T09:15:30.000000+00:00',
      action: { name: 'webauthncredential_create', details: null },
      actor: { key: 'DUADA', name: 'ada', type: 'user' },
      target: { key: 'WA1', name: 'WA1', type: 'webauthn_credential', details: '{"user_agent":"Mozilla/5.0 (X11)"}' },
      access_device: { ip: { address: '203.0.113.7' }, epkey: 'EP1' },
      application: { name: 'Portal' },
      outcome: { result: 'SUCCESS' },
    },
    expected: {
      at,
      sourceEventId: 'act-1',
      type: 'factor_added',
      outcome: 'success',
      person: { subject: 'DUADA' },
      sourceDeviceId: 'EP1',
      client: 'Portal',
      ip: '203.0.113.7',
      userAgent: 'Mozilla/5.0 (X11)',
    },
  },
  {
    name: 'an administrator at the door of the panel, from the activity log',
    record: {
      activity_id: 'act-2',
      ts: '2026-03-02T09:15:30.000000+00:00',
      action: { name: 'admin_login', details: null },
      actor: { key: 'DEROOT', name: 'Root', type: 'admin', details: '{"email":"root@acme.example"}' },
      target: null,
      access_device: { ip: { address: '203.0.113.7' } },
      outcome: null,
    },
    expected: {
      at,
      type: 'sign_in',
      outcome: 'success',
      person: { subject: 'DEROOT', email: 'root@acme.example' },
      actor: null,
      client: 'Duo Admin Panel',
      interactive: true,
    },
  },
  {
    name: 'a person who is switched off, from the activity log',
    record: {
      activity_id: 'act-3',
      ts: '2026-03-02T09:15:30.000000+00:00',
      action: { name: 'user_update', details: null },
      actor: { key: 'DEROOT', name: 'Root', type: 'admin' },
      target: { key: 'DUADA', name: 'ada', type: 'user', details: '{"status":"Disabled"}' },
      old_target: { key: 'DUADA', name: 'ada', type: 'user', details: '{"status":"Active"}' },
      outcome: { result: 'SUCCESS' },
    },
    expected: { at, type: 'account_disabled', person: { subject: 'DUADA' }, actor: 'Root', interactive: false },
  },
  {
    name: 'a Trust Monitor finding',
    record: {
      sekey: 'SE1',
      type: 'auth',
      surfaced_timestamp: seconds * 1000,
      priority_event: true,
      explanations: [{ type: 'UNREALISTIC_GEOVELOCITY', summary: 'Two countries at once' }],
      surfaced_auth: { user: { key: 'DUADA', name: 'ada' }, access_device: { ip: '203.0.113.7' } },
    },
    expected: { at, sourceEventId: 'SE1', type: 'risk_detected', person: { subject: 'DUADA' }, ip: '203.0.113.7' },
  },
  {
    name: 'a Trust Monitor finding of a bypass, about whom it was switched on for',
    record: {
      sekey: 'SE2',
      type: 'bypass_status',
      surfaced_timestamp: seconds * 1000,
      bypass_status_enabled: seconds * 1000,
      enabled_by: { key: 'DEROOT', name: 'Root' },
      enabled_for: { key: 'DUADA', name: 'ada' },
    },
    expected: { at, type: 'risk_detected', person: { subject: 'DUADA', displayName: 'ada' }, actor: 'Root' },
  },
  {
    name: 'offline access enrolled on a computer',
    record: administrator('o2fa_user_provisioned', {
      username: 'ada',
      object: 'Laptop logon',
      description: '{"user_agent":"DuoCredProv/4.0 (Windows NT 10.0)","hostname":"PC-1","factor":"duo_otp"}',
    }),
    expected: {
      at,
      type: 'factor_added',
      person: { subject: 'ada' },
      client: 'Laptop logon',
      userAgent: 'DuoCredProv/4.0 (Windows NT 10.0)',
    },
  },
  {
    name: 'a phone changed by an administrator; its number is nobody',
    record: administrator('phone_update', { object: '+1 555 0100', description: '{"platform":"Android"}' }),
    expected: { at, type: 'account_changed', person: { subject: 'Root' }, actor: null },
  },
  {
    name: 'somebody unknown at the door of the admin panel',
    record: administrator('admin_login_error', {
      username: '',
      object: null,
      description: '{"ip_address":"203.0.113.9","error":"SAML login is disabled","email":"Eve@acme.example"}',
    }),
    expected: {
      at,
      type: 'sign_in',
      outcome: 'failure',
      reason: 'configuration',
      person: { subject: 'unknown:eve@acme.example', email: 'Eve@acme.example', accountType: 'unknown' },
      ip: '203.0.113.9',
    },
  },
  {
    name: 'somebody let in without a factor: a sign-in, and no proof',
    record: authentication({ factor: 'not_available', reason: 'bypass_user' }),
    expected: { at, type: 'sign_in', outcome: 'success', person: { subject: 'DUADA' } },
  },
];
