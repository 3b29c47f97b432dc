import type { ProviderExample } from '#lib/providers/provider-example.ts';

const time = Date.UTC(2026, 2, 2, 9, 15, 30, 120);
const at = '2026-03-02T09:15:30.120Z';
const metadata = {
  version: '1.5.0',
  uid: 'ocsf-1',
  event_code: 'logon',
  product: { name: 'Portal', vendor_name: 'Acme' },
};
const ada = { uid: 'user-ada', name: 'ada', email_addr: 'ada@acme.example', full_name: 'Ada Palmer', type_id: 1 };

/** OCSF events, the native format. */
export const ocsfExamples: readonly ProviderExample[] = [
  {
    name: 'a logon',
    record: {
      class_uid: 3002,
      activity_id: 1,
      category_uid: 3,
      type_uid: 300201,
      time,
      status_id: 1,
      metadata,
      user: ada,
      is_mfa: true,
      auth_protocol: 'OpenID',
      session: {
        uid: 'sess-1',
        issuer: 'https://login.acme.example',
        created_time: time,
        expiration_time: time + 28_800_000,
      },
      device: { uid: 'dev-1', ip: '10.0.0.9' },
      src_endpoint: { ip: '::ffff:203.0.113.7' },
      http_request: { user_agent: 'Chrome' },
      service: { name: 'Portal' },
    },
    expected: {
      at,
      sourceEventId: 'ocsf-1',
      type: 'sign_in',
      providerType: 'logon',
      outcome: 'success',
      reason: null,
      person: {
        issuer: 'https://login.acme.example',
        subject: 'user-ada',
        displayName: 'Ada Palmer',
        email: 'ada@acme.example',
        accountType: 'human',
      },
      sourceSessionId: 'sess-1',
      sourceDeviceId: 'dev-1',
      client: 'Portal',
      ip: '203.0.113.7',
      userAgent: 'Chrome',
      interactive: true,
      detail: {
        mfa: true,
        protocol: 'OpenID',
        session_started_at: at,
        session_expires_at: '2026-03-02T17:15:30.120Z',
        product: 'Portal',
      },
    },
  },
  {
    name: 'a failed logon, its time in seconds',
    record: {
      class_uid: 3002,
      activity_id: 1,
      time: time / 1000,
      status_id: 2,
      status_detail: 'INVALID_CREDENTIALS',
      user: ada,
      src_endpoint: { ip: '203.0.113.7' },
    },
    expected: {
      at,
      sourceEventId: null,
      type: 'sign_in',
      providerType: '3002:1',
      outcome: 'failure',
      reason: 'invalid_credentials',
      person: { subject: 'user-ada' },
    },
  },
  {
    name: 'a failed logon of a name nobody has',
    record: {
      class_uid: 3002,
      activity_id: 1,
      time_dt: at,
      status: 'Failure',
      status_detail: 'USER_DOES_NOT_EXIST',
      user: { name: 'Nobody' },
    },
    expected: {
      at,
      outcome: 'failure',
      reason: 'unknown_user',
      person: { subject: 'unknown:nobody', accountType: 'unknown' },
    },
  },
  {
    name: 'a logoff',
    record: { class_uid: 3002, activity_id: 2, time, status_id: 1, user: ada, session: { uid: 'sess-1' } },
    expected: { at, type: 'sign_out', outcome: 'success', sourceSessionId: 'sess-1' },
  },
  {
    name: 'an administrator takes a factor away',
    record: {
      type_uid: 300111,
      time,
      status_id: 1,
      user: ada,
      actor: { user: { uid: 'user-root', name: 'root' }, session: { uid: 'sess-root' } },
      device: { uid: 'dev-root' },
    },
    expected: {
      at,
      type: 'factor_removed',
      person: { subject: 'user-ada' },
      actor: 'root',
      sourceSessionId: null,
      sourceDeviceId: null,
      interactive: false,
    },
  },
  {
    name: 'a role for a service account',
    record: {
      class_uid: 3005,
      activity_id: 3,
      time,
      user: { uid: 'svc-1', name: 'nightly', type: 'Service' },
      actor: { user: { uid: 'user-root', email_addr: 'root@acme.example' } },
    },
    expected: {
      at,
      type: 'privilege_granted',
      outcome: 'unknown',
      person: { subject: 'svc-1', accountType: 'service' },
      actor: 'root@acme.example',
    },
  },
  {
    name: 'one of our own words where OCSF has no number',
    record: { class_uid: 3002, activity_id: 99, activity_name: 'Token refreshed', time, status_id: 1, user: ada },
    expected: { at, type: 'token_refreshed', interactive: false },
  },
  {
    name: 'a class we do not know',
    record: { class_uid: 4001, activity_id: 6, time, metadata: { ...metadata, event_code: 'flow' } },
    expected: { at, type: 'other', providerType: 'flow', person: null },
  },
];
