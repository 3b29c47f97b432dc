import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';

const at = '2026-03-02T09:15:30.120Z';

function event(typeId: number | string, more: JsonObject = {}): JsonObject {
  return {
    id: 987_654_321,
    created_at: at,
    account_id: 4321,
    event_type_id: typeId,
    user_id: 123_456,
    user_name: 'Ada Palmer',
    actor_user_id: 123_456,
    actor_user_name: 'Ada Palmer',
    ipaddr: '203.0.113.7',
    notes: null,
    ...more,
  };
}

/** OneLogin events as the Events API lists them and as the broadcaster posts them. */
export const oneloginExamples: readonly ProviderExample[] = [
  {
    name: 'a sign-in',
    record: event(5, { risk_score: 12, risk_reasons: 'Low Trust (IP address)' }),
    expected: {
      at,
      sourceEventId: '987654321',
      type: 'sign_in',
      providerType: '5',
      outcome: 'success',
      reason: null,
      person: { subject: '123456', displayName: 'Ada Palmer', accountType: 'human' },
      actor: null,
      ip: '203.0.113.7',
      interactive: true,
      detail: { risk_score: 12, risk_reasons: 'Low Trust (IP address)', account: '4321' },
    },
  },
  {
    name: 'a failed sign-in, numbers as text',
    record: event('6', { error_description: null }),
    expected: { at, type: 'sign_in', outcome: 'failure', reason: 'invalid_credentials', person: { subject: '123456' } },
  },
  {
    name: 'a sign-in to an application from the broadcaster',
    record: {
      uuid: '5f3a',
      event_timestamp: '2026-03-02 09:15:30.120 UTC',
      account_id: 4321,
      event_type_id: 8,
      user_id: 123_456,
      user_name: 'Ada Palmer',
      app_id: 77,
      app_name: 'Payroll',
      ipaddr: '2001:db8::7',
    },
    expected: { at, sourceEventId: '5f3a', type: 'sign_in', client: 'Payroll', ip: '2001:db8::7' },
  },
  {
    name: 'an administrator sets the password of somebody else',
    record: event(11, { actor_user_id: 654_321, actor_user_name: 'Mountain Root' }),
    expected: {
      at,
      type: 'password_reset',
      person: { subject: '123456' },
      actor: 'Mountain Root',
      interactive: false,
    },
  },
  {
    name: 'an administrator acts as somebody else',
    record: event(3, { actor_user_id: 654_321, actor_user_name: 'Mountain Root' }),
    expected: { at, type: 'impersonation_started', person: { subject: '123456' }, actor: 'Mountain Root' },
  },
  {
    name: 'a second factor is taken away',
    record: event(24, { otp_device_name: 'OneLogin Protect' }),
    expected: { at, type: 'factor_removed', outcome: 'success', actor: null },
  },
  {
    name: 'an application nobody was assigned to',
    record: event(90, { app_name: 'Wiki' }),
    expected: { at, type: 'sign_in', outcome: 'failure', reason: 'policy_denied', client: 'Wiki' },
  },
  {
    name: "the broadcaster's SIEM form, its event inside and its time with an offset",
    record: {
      event: {
        ...event(5, { id: null, created_at: null }),
        uuid: '7c1e',
        event_timestamp: '2026-03-02 14:45:30+0530',
        login_name: 'ada',
        authentication_factor_description: 'OneLogin Protect',
        create: { _id: '7c1e' },
      },
    },
    expected: {
      at: '2026-03-02T09:15:30.000Z',
      sourceEventId: '7c1e',
      type: 'sign_in',
      person: { subject: '123456', displayName: 'Ada Palmer' },
      ip: '203.0.113.7',
      interactive: true,
      detail: { factor: 'OneLogin Protect' },
    },
  },
  {
    name: 'an event as EventBridge carries it',
    record: { source: 'aws.partner/onelogin.example', 'detail-type': 'Event', time: at, detail: event(7) },
    expected: { at, type: 'sign_out', person: { subject: '123456' } },
  },
  {
    name: 'what an administrator does under a name that was assumed',
    record: event(8, { app_name: 'Payroll', assuming_acting_user_id: 654_321 }),
    expected: { at, type: 'sign_in', person: { subject: '123456' }, actor: '654321', interactive: false },
  },
  {
    name: 'a one-time code that was wrong',
    record: event(1002, { otp_device_name: 'Authenticator' }),
    expected: { at, type: 'mfa_verified', outcome: 'failure', reason: 'mfa_failed', interactive: true },
  },
  {
    name: 'an account that was suspended in an application, which is not the account here',
    record: event(53, { app_name: 'Wiki', actor_system: 'Provisioning', actor_user_id: null, actor_user_name: null }),
    expected: { at, type: 'account_changed', person: { subject: '123456' }, actor: 'Provisioning', client: 'Wiki' },
  },
  {
    name: 'an id nobody listed',
    record: event(9999),
    expected: { at, type: 'other', providerType: '9999', outcome: 'unknown' },
  },
];
