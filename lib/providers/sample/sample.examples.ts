import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';

const at = '2026-03-02T09:15:30.120Z';
const mara = {
  uid: '1f2e3d4c-0000-5000-8000-000000000001',
  name: 'mara.lindholt@halden.example',
  email_addr: 'mara.lindholt@halden.example',
  full_name: 'Mara Lindholt',
  type_id: 1,
};

function event(activityId: number, activity: string, more: JsonObject): JsonObject {
  return {
    class_uid: 3002,
    class_name: 'Authentication',
    category_uid: 3,
    activity_id: activityId,
    activity_name: activity,
    type_uid: 300_200 + activityId,
    time: Date.parse(at),
    status_id: 1,
    metadata: {
      version: '1.5.0',
      uid: `sample-${activity}`,
      event_code: activity,
      product: { name: 'Sample provider', vendor_name: 'Halden Works' },
    },
    user: mara,
    session: { issuer: 'http://127.0.0.1:3001', uid: 'op-session-1' },
    auth_protocol: 'OpenID',
    ...more,
  };
}

/** What the sample provider reports: OCSF, with an event word of Gatehouse's own where OCSF has no number. */
export const sampleExamples: readonly ProviderExample[] = [
  {
    name: 'a sign-in to an application',
    record: event(1, 'logon', {
      is_mfa: true,
      service: { name: 'Payroll' },
      device: { uid: '0b0c8a1e-6f0d-4a3e-9a41-2f4f1d1c7a10' },
      src_endpoint: { ip: '198.51.100.7' },
      http_request: { user_agent: 'Firefox' },
    }),
    expected: {
      at,
      sourceEventId: 'sample-logon',
      type: 'sign_in',
      outcome: 'success',
      person: { issuer: 'http://127.0.0.1:3001', subject: mara.uid, displayName: 'Mara Lindholt' },
      sourceSessionId: 'op-session-1',
      sourceDeviceId: '0b0c8a1e-6f0d-4a3e-9a41-2f4f1d1c7a10',
      client: 'Payroll',
      ip: '198.51.100.7',
    },
  },
  {
    name: 'a wrong password',
    record: event(1, 'logon', {
      status_id: 2,
      status_detail: 'INVALID_CREDENTIALS',
      session: { issuer: 'http://127.0.0.1:3001' },
    }),
    expected: { at, type: 'sign_in', outcome: 'failure', reason: 'invalid_credentials', sourceSessionId: null },
  },
  {
    name: 'a name nobody has',
    record: event(1, 'logon', {
      status_id: 2,
      status_detail: 'UNKNOWN_USER',
      user: { name: 'nobody@halden.example' },
    }),
    expected: { at, outcome: 'failure', reason: 'unknown_user', person: { subject: 'unknown:nobody@halden.example' } },
  },
  {
    name: 'a wrong code in the second step',
    record: event(1, 'logon', { status_id: 2, status_detail: 'MFA_CODE_INVALID' }),
    expected: { at, type: 'sign_in', outcome: 'failure', reason: 'mfa_failed' },
  },
  {
    name: 'tokens renewed by an application',
    record: event(5, 'renew', { service: { name: 'Wiki' } }),
    expected: { at, type: 'token_refreshed', outcome: 'success', client: 'Wiki', ip: null, interactive: false },
  },
  {
    name: 'a session ended by an administrator',
    record: event(99, 'session_revoked', {}),
    expected: { at, type: 'session_revoked', outcome: 'success', sourceSessionId: 'op-session-1' },
  },
];
