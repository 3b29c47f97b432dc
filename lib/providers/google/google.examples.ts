import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';

const at = '2026-03-02T09:15:30.120Z';
const issuer = 'https://accounts.google.com';

function activity(application: string, event: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    kind: 'admin#reports#activity',
    id: { time: at, uniqueQualifier: '-42', applicationName: application, customerId: 'C01' },
    actor: { callerType: 'USER', email: 'ada@acme.example', profileId: '1001' },
    ipAddress: '203.0.113.7',
    events: [event],
    ...more,
  };
}

/** Activities of the Reports API, of a shipper that flattens them, and of Cloud Logging. */
export const googleExamples: readonly ProviderExample[] = [
  {
    name: 'a sign-in',
    record: activity('login', {
      type: 'login',
      name: 'login_success',
      parameters: [
        { name: 'login_type', value: 'google_password' },
        { name: 'login_challenge_method', multiValue: ['password', 'google_prompt'] },
        { name: 'is_suspicious', boolValue: false },
      ],
    }),
    expected: {
      at,
      sourceEventId: `login/${at}/-42/login_success`,
      type: 'sign_in',
      providerType: 'login.login_success',
      outcome: 'success',
      reason: null,
      person: {
        issuer,
        subject: '1001',
        displayName: 'ada@acme.example',
        email: 'ada@acme.example',
        accountType: 'human',
      },
      actor: null,
      ip: '203.0.113.7',
      interactive: true,
    },
  },
  {
    name: 'a wrong password',
    record: activity('login', {
      type: 'login',
      name: 'login_failure',
      parameters: [
        { name: 'login_type', value: 'google_password' },
        { name: 'login_failure_type', value: 'login_failure_invalid_password' },
      ],
    }),
    expected: { at, type: 'sign_in', outcome: 'failure', reason: 'invalid_credentials', person: { subject: '1001' } },
  },
  {
    name: 'a second factor that was passed, the event as one object',
    record: activity(
      'login',
      {},
      {
        events: {
          type: 'login',
          name: 'login_verification',
          parameters: [
            { name: 'login_challenge_method', multiValue: ['security_key'] },
            { name: 'login_challenge_status', value: 'passed' },
            { name: 'is_second_factor', boolValue: true },
          ],
        },
      },
    ),
    expected: { at, type: 'mfa_verified', outcome: 'success', detail: { second_factor: true } as JsonObject },
  },
  {
    name: 'a second factor that was wrong',
    record: activity('login', {
      type: 'login',
      name: 'login_challenge',
      parameters: [{ name: 'login_challenge_status', value: 'Challenge Failed.' }],
    }),
    expected: { at, type: 'mfa_verified', outcome: 'failure', reason: 'mfa_failed' },
  },
  {
    name: 'a warning about somebody, flattened and without an actor',
    record: {
      id: { applicationName: 'login', time: '2026-03-02 09:15:30.120000000' },
      kind: 'admin#reports#activity',
      type: 'account_warning',
      name: 'suspicious_login',
      parameters: { affected_email_address: 'ada@acme.example' },
    },
    expected: {
      at,
      sourceEventId: null,
      type: 'risk_detected',
      outcome: 'unknown',
      person: { subject: 'ada@acme.example', email: 'ada@acme.example' },
      actor: null,
    },
  },
  {
    name: 'two-step verification switched off',
    record: activity('user_accounts', { type: '2sv_change', name: '2sv_disable' }),
    expected: { at, type: 'factor_removed', outcome: 'success', person: { subject: '1001' } },
  },
  {
    name: 'an administrator resets the sign-in cookies of somebody',
    record: activity('admin', {
      type: 'USER_SETTINGS',
      name: 'RESET_SIGNIN_COOKIES',
      parameters: [{ name: 'USER_EMAIL', value: 'grace@acme.example' }],
    }),
    expected: {
      at,
      type: 'session_revoked',
      person: { issuer, subject: 'grace@acme.example' },
      actor: 'ada@acme.example',
      endsSessionsUntil: new Date(at),
      interactive: false,
    },
  },
  {
    name: 'an administrator signs somebody out of everything',
    record: activity('admin', {
      type: 'USER_SETTINGS',
      name: 'SIGN_OUT_USER',
      parameters: [{ name: 'USER_EMAIL', value: 'grace@acme.example' }],
    }),
    expected: {
      at,
      type: 'session_revoked',
      person: { issuer, subject: 'grace@acme.example' },
      endsSessionsUntil: new Date(at),
    },
  },
  {
    name: 'one session with a cookie that looked stolen',
    record: activity('login', {
      type: 'account_warning',
      name: 'user_signed_out_due_to_suspicious_session_cookie',
      parameters: [{ name: 'affected_email_address', value: 'ada@acme.example' }],
    }),
    expected: { at, type: 'session_revoked', endsSessionsUntil: null },
  },
  {
    name: 'an administrator role',
    record: activity('admin', {
      type: 'DELEGATED_ADMIN_SETTINGS',
      name: 'ASSIGN_ROLE',
      parameters: [
        { name: 'ROLE_NAME', value: '_SEED_ADMIN_ROLE' },
        { name: 'USER_EMAIL', value: 'grace@acme.example' },
      ],
    }),
    expected: { at, type: 'privilege_granted', person: { subject: 'grace@acme.example' }, actor: 'ada@acme.example' },
  },
  {
    name: "a domain's delegation to an API client, which is not the right of who gave it",
    record: activity('admin', {
      type: 'DOMAIN_SETTINGS',
      name: 'AUTHORIZE_API_CLIENT_ACCESS',
      parameters: [
        { name: 'API_CLIENT_NAME', value: '1122334455' },
        { name: 'API_SCOPES', multiValue: ['https://mail.example/'] },
      ],
    }),
    expected: {
      at,
      type: 'privilege_granted',
      person: { subject: '1122334455', accountType: 'service' },
      actor: 'ada@acme.example',
      interactive: false,
    },
  },
  {
    name: 'a security key that an administrator registers for somebody',
    record: activity('admin', {
      type: 'USER_SETTINGS',
      name: 'SECURITY_KEY_REGISTERED_FOR_USER',
      parameters: [{ name: 'USER_EMAIL', value: 'grace@acme.example' }],
    }),
    expected: { at, type: 'factor_added', person: { subject: 'grace@acme.example' }, actor: 'ada@acme.example' },
  },
  {
    name: 'a device that is no longer compliant',
    record: activity('mobile', {
      type: 'device_updates',
      name: 'DEVICE_COMPLIANCE_CHANGED_EVENT',
      parameters: [
        { name: 'DEVICE_COMPLIANCE', value: 'NON_COMPLIANT' },
        { name: 'DEVICE_ID', value: 'device-9' },
        { name: 'USER_EMAIL', value: 'grace@acme.example' },
      ],
    }),
    expected: { at, type: 'risk_detected', person: { subject: 'grace@acme.example' }, sourceDeviceId: 'device-9' },
  },
  {
    name: 'an application that acts under the name of somebody',
    record: activity(
      'token',
      { name: 'authorize', parameters: [{ name: 'app_name', value: 'Backup' }] },
      {
        actor: {
          callerType: 'USER',
          email: 'ada@acme.example',
          profileId: '1001',
          applicationInfo: { applicationName: 'Backup', oauthClientId: '7-x.apps.example', impersonation: true },
        },
      },
    ),
    expected: { at, type: 'consent_granted', person: { subject: '1001' }, actor: 'Backup', interactive: false },
  },
  {
    name: 'an application that was given access',
    record: activity('token', {
      name: 'authorize',
      parameters: [
        { name: 'client_id', value: '9-x.apps.example' },
        { name: 'app_name', value: 'Mail add-on' },
        { name: 'scope', multiValue: ['https://mail.example/read'] },
      ],
    }),
    expected: {
      at,
      type: 'consent_granted',
      client: 'Mail add-on',
      detail: { client_id: '9-x.apps.example' } as JsonObject,
    },
  },
  {
    name: 'a SAML application that is not for everybody',
    record: activity('saml', {
      type: 'login',
      name: 'login_failure',
      parameters: [
        { name: 'application_name', value: 'Payroll' },
        { name: 'failure_type', value: 'failure_app_not_enabled_for_user' },
      ],
    }),
    expected: { at, type: 'sign_in', outcome: 'failure', reason: 'policy_denied', client: 'Payroll' },
  },
  {
    name: 'a failed sign-in from Cloud Logging',
    record: {
      insertId: 'ins-1',
      timestamp: at,
      protoPayload: {
        '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
        serviceName: 'login.googleapis.com',
        methodName: 'google.login.LoginService.loginFailure',
        authenticationInfo: { principalEmail: 'ada@acme.example' },
        requestMetadata: { callerIp: '2001:db8::7' },
        metadata: {
          event: [
            {
              eventName: 'login_failure',
              eventType: 'login',
              parameter: [{ name: 'login_challenge_method', multiStrValue: ['password'] }],
            },
          ],
        },
      },
    },
    expected: {
      at,
      sourceEventId: 'ins-1',
      type: 'sign_in',
      outcome: 'failure',
      reason: 'invalid_credentials',
      person: { subject: 'ada@acme.example' },
      ip: '2001:db8::7',
    },
  },
  {
    name: 'a report we do not read',
    record: activity('drive', { type: 'access', name: 'view' }),
    expected: { at, type: 'other', providerType: 'drive.view', outcome: 'unknown' },
  },
  {
    name: 'an access that the context did not allow, from a known device',
    record: activity('context_aware_access', {
      type: 'CONTEXT_AWARE_ACCESS_USER_EVENT',
      name: 'ACCESS_DENY_EVENT',
      parameters: [
        { name: 'CAA_APPLICATION', value: 'GMAIL' },
        { name: 'CAA_DEVICE_ID', value: 'device-7' },
        { name: 'CAA_DEVICE_STATE', value: 'No Device Signals' },
      ],
    }),
    expected: {
      at,
      type: 'sign_in',
      outcome: 'failure',
      reason: 'policy_denied',
      person: { subject: '1001' },
      client: 'GMAIL',
      sourceDeviceId: 'device-7',
      detail: { device_state: 'No Device Signals' },
    },
  },
  {
    name: 'somebody put into a group',
    record: activity('groups_enterprise', {
      type: 'moderator_action',
      name: 'add_member',
      parameters: [
        { name: 'member_id', value: 'grace@acme.example' },
        { name: 'group_id', value: 'admins@acme.example' },
      ],
    }),
    expected: {
      at,
      type: 'account_changed',
      outcome: 'success',
      person: { subject: 'grace@acme.example' },
      actor: 'ada@acme.example',
    },
  },
  {
    name: 'a wrong password at a managed device',
    record: activity(
      'chrome',
      {
        type: 'CHROME_OS_LOGIN_LOGOUT_TYPE',
        name: 'CHROME_OS_LOGIN_FAILURE_EVENT',
        parameters: [
          { name: 'DIRECTORY_DEVICE_ID', value: 'device-8' },
          { name: 'LOGIN_FAILURE_REASON', value: 'AUTHENTICATION_ERROR' },
        ],
      },
      { actor: { callerType: 'USER', profileId: '1001' } },
    ),
    expected: {
      at,
      type: 'sign_in',
      outcome: 'failure',
      reason: 'invalid_credentials',
      person: { subject: '1001' },
      client: 'ChromeOS',
      sourceDeviceId: 'device-8',
    },
  },
  {
    name: 'a sender whom somebody blocked, who is nobody of ours',
    record: activity('login', {
      type: 'blocked_sender_change',
      name: 'blocked_sender',
      parameters: [{ name: 'affected_email_address', value: 'noreply@news.example' }],
    }),
    expected: { at, type: 'other', person: { subject: '1001' }, actor: null },
  },
  {
    name: 'an act of Google itself, which is nobody',
    record: activity('chrome', { name: 'DEVICE_BOOT_STATE_CHANGE' }, { actor: { callerType: 'KEY', key: 'SYSTEM' } }),
    expected: { at, type: 'other', person: null },
  },
];
