import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';

const agent =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const ada = { id: '00u1ada', type: 'User', alternateId: 'ada@acme.example', displayName: 'Ada Palmer' };
const grace = { id: '00u2grace', type: 'User', alternateId: 'grace@acme.example', displayName: 'Grace Okafor' };
const client = {
  ipAddress: '203.0.113.7',
  device: 'Computer',
  zone: 'null',
  userAgent: { rawUserAgent: agent, os: 'Mac OS X', browser: 'CHROME' },
};

function event(eventType: string, more: JsonObject): JsonObject {
  return {
    uuid: `uuid-${eventType}`,
    published: '2026-03-02T09:15:30.120Z',
    eventType,
    version: '0',
    severity: 'INFO',
    actor: ada,
    client,
    outcome: { result: 'SUCCESS' },
    authenticationContext: { externalSessionId: 'idx-session-1', authenticationStep: 0 },
    debugContext: {
      debugData: {
        dtHash: 'b1946ac92492d2347c',
        requestUri: '/api/v1/authn?stateToken=secret',
        threatSuspected: 'false',
      },
    },
    target: [],
    ...more,
  };
}

const at = '2026-03-02T09:15:30.120Z';

/** Okta records in the shapes its API, its hooks and the usual shippers give them. */
export const oktaExamples: readonly ProviderExample[] = [
  {
    name: 'a sign-in from the System Log API',
    record: event('user.session.start', { device: { id: 'guo-device-1', name: 'laptop' } }),
    expected: {
      at,
      sourceEventId: 'uuid-user.session.start',
      type: 'sign_in',
      providerType: 'user.session.start',
      outcome: 'success',
      reason: null,
      person: {
        issuer: null,
        subject: '00u1ada',
        displayName: 'Ada Palmer',
        email: 'ada@acme.example',
        accountType: 'human',
      },
      actor: null,
      sourceSessionId: 'idx-session-1',
      sourceDeviceId: 'guo-device-1',
      ip: '203.0.113.7',
      userAgent: agent,
      interactive: true,
    },
  },
  {
    name: 'a failed sign-in with lowered keys and a time without a zone',
    record: {
      uuid: 'lower-1',
      published: '2022-03-22 14:21:53.225',
      eventtype: 'user.session.start',
      displaymessage: 'User login to Okta',
      actor: ada,
      client,
      outcome: { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' },
      authenticationcontext: { externalsessionid: 'unknown' },
    },
    expected: {
      at: '2022-03-22T14:21:53.225Z',
      type: 'sign_in',
      outcome: 'failure',
      reason: 'invalid_credentials',
      person: { subject: '00u1ada' },
      sourceSessionId: null,
    },
  },
  {
    name: 'a failed sign-in of a name Okta does not know',
    record: event('user.session.start', {
      actor: { id: 'unknown', type: 'User', alternateId: 'Admin', displayName: 'unknown' },
      outcome: { result: 'FAILURE', reason: 'VERIFICATION_ERROR' },
    }),
    expected: {
      at,
      outcome: 'failure',
      reason: 'unknown_user',
      person: { subject: 'unknown:admin', accountType: 'unknown', displayName: 'Admin', email: null },
    },
  },
  {
    name: 'an administrator resets all factors of somebody else',
    record: event('user.mfa.factor.reset_all', { target: [grace] }),
    expected: {
      at,
      type: 'factor_removed',
      person: { subject: '00u2grace', email: 'grace@acme.example' },
      actor: 'ada@acme.example',
      sourceSessionId: null,
      sourceDeviceId: null,
      interactive: false,
    },
  },
  {
    name: 'somebody resets a factor of their own',
    record: event('user.mfa.factor.deactivate', { target: [ada] }),
    expected: {
      at,
      type: 'factor_removed',
      person: { subject: '00u1ada' },
      actor: null,
      sourceSessionId: 'idx-session-1',
    },
  },
  {
    name: 'a push that was refused',
    record: event('user.authentication.auth_via_mfa', {
      outcome: { result: 'FAILURE', reason: 'User rejected Okta push verify' },
    }),
    expected: { at, type: 'mfa_denied', outcome: 'failure', reason: 'mfa_failed' },
  },
  {
    name: 'a wrong password at an Identity Engine organisation',
    record: event('user.authentication.auth_via_mfa', {
      outcome: { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' },
      debugContext: { debugData: { factor: 'PASSWORD_AS_FACTOR' } },
    }),
    expected: { at, type: 'sign_in', outcome: 'failure', reason: 'invalid_credentials' },
  },
  {
    name: 'an application got a token for itself',
    record: event('app.oauth2.as.token.grant.access_token', {
      actor: { id: '0oa1', type: 'PublicClientApp', alternateId: '0oa1', displayName: 'Batch job' },
    }),
    expected: { at, type: 'token_issued', person: { subject: '0oa1', accountType: 'service' }, interactive: false },
  },
  {
    name: 'single sign-on to an application, sent through EventBridge',
    record: {
      version: '0',
      id: 'bridge-1',
      'detail-type': 'SystemLog',
      time: '2026-03-02T09:20:00Z',
      detail: event('user.authentication.sso', {
        target: [{ id: '0oa9', type: 'AppInstance', displayName: 'Payroll', alternateId: 'Payroll' }],
      }),
    },
    expected: { at, type: 'sign_in', client: 'Payroll', sourceEventId: 'uuid-user.authentication.sso' },
  },
  {
    name: 'all sessions of somebody cleared by an administrator, whose own the record names',
    record: event('user.session.clear', { target: [grace] }),
    expected: {
      at,
      type: 'session_revoked',
      person: { subject: '00u2grace' },
      actor: 'ada@acme.example',
      sourceSessionId: null,
      endsSessionsUntil: new Date(at),
    },
  },
  {
    name: 'all other sessions cleared by their person, who keeps the one that the record names',
    record: event('user.session.clear', { target: [ada] }),
    expected: {
      at,
      type: 'session_revoked',
      person: { subject: '00u1ada' },
      actor: null,
      sourceSessionId: 'idx-session-1',
      endsSessionsUntil: new Date(at),
    },
  },
  {
    name: 'a universal logout, which is of one application',
    record: event('user.authentication.universal_logout', {
      target: [grace, { id: '0oa9', type: 'AppInstance', displayName: 'Payroll', alternateId: 'Payroll' }],
    }),
    expected: {
      at,
      type: 'session_revoked',
      person: { subject: '00u2grace' },
      client: 'Payroll',
      endsSessionsUntil: null,
    },
  },
  {
    name: 'a sign-in through another identity provider, noted by the system',
    record: event('user.authentication.auth_via_IDP', {
      actor: {
        id: 'system-1',
        type: 'SystemPrincipal',
        alternateId: 'system@okta.example',
        displayName: 'Okta System',
      },
      target: [
        { id: '0oa4kd92jdnRt5xQp1d7', type: 'AppInstance', displayName: 'SAML 2.0 IdP', alternateId: 'Partner login' },
        grace,
      ],
    }),
    expected: {
      at,
      type: 'sign_in',
      person: { subject: '00u2grace' },
      actor: 'system@okta.example',
      sourceSessionId: 'idx-session-1',
      client: 'Partner login',
    },
  },
  {
    name: 'an account that was locked: the sign-in failed, the lock did not',
    record: event('user.account.lock', { outcome: { result: 'FAILURE', reason: 'LOCKED_OUT' }, target: [ada] }),
    expected: {
      at,
      type: 'account_locked',
      outcome: 'success',
      reason: null,
      person: { subject: '00u1ada' },
      actor: null,
    },
  },
  {
    name: 'an address that is a threat, which is nobody',
    record: event('security.threat.detected', {
      actor: { id: 'ip-1', type: 'IP address', alternateId: 'unknown', displayName: '203.0.113.66' },
      client: { ipAddress: '203.0.113.66' },
      outcome: { result: 'DENY', reason: 'Password Spray' },
      authenticationContext: { externalSessionId: 'unknown' },
    }),
    expected: { at, type: 'risk_detected', person: null, actor: null, sourceSessionId: null, ip: '203.0.113.66' },
  },
  {
    name: 'a call with an API token, whose session ends with it',
    record: event('user.lifecycle.suspend', {
      target: [grace],
      authenticationContext: {
        externalSessionId: 'trsAbCdEfGhIjKlMnOpQrStUv',
        rootSessionId: 'trsAbCdEfGhIjKlMnOpQrStUv',
      },
    }),
    expected: { at, type: 'account_disabled', actor: 'ada@acme.example', sourceSessionId: null },
  },
  {
    name: 'a right password at an Identity Engine organisation, told by the authenticator alone',
    record: event('user.authentication.auth_via_mfa', {
      target: [
        ada,
        {
          id: 'laepass',
          type: 'AuthenticatorEnrollment',
          alternateId: 'unknown',
          detailEntry: { methodTypeUsed: 'Password' },
        },
      ],
    }),
    expected: { at, type: 'other', outcome: 'success', person: { subject: '00u1ada' } },
  },
  {
    name: 'administration given to a group, which is nobody by name',
    record: event('group.privilege.grant', {
      target: [{ id: '00g1', type: 'UserGroup', alternateId: 'unknown', displayName: 'Help desk' }],
      debugContext: { debugData: { privilegeGranted: 'User administrator' } },
    }),
    expected: {
      at,
      type: 'privilege_granted',
      person: null,
      actor: 'ada@acme.example',
      sourceSessionId: null,
      detail: { privilege: 'User administrator' },
    },
  },
  {
    name: 'administration given to an application',
    record: event('app.oauth2.client.privilege.grant', {
      target: [{ id: '0oa1batch', type: 'PublicClientApp', alternateId: 'unknown', displayName: 'Batch' }],
    }),
    expected: {
      at,
      type: 'privilege_granted',
      person: { subject: '0oa1batch', displayName: 'Batch', accountType: 'service' },
      actor: 'ada@acme.example',
    },
  },
  {
    name: "an account that was changed in an application, which is not the administrator's",
    record: event('application.provision.user.deprovision', {
      target: [grace, { id: '0oa9', type: 'AppInstance', alternateId: 'Wiki', displayName: 'Wiki' }],
    }),
    expected: {
      at,
      type: 'account_changed',
      person: { subject: '00u2grace' },
      actor: 'ada@acme.example',
      client: 'Wiki',
    },
  },
  {
    name: 'a token used from where it may not be',
    record: event('system.api_token.request_outside_allowed_range', { outcome: { result: 'DENY' } }),
    expected: {
      at,
      type: 'risk_detected',
      outcome: 'failure',
      reason: 'policy_denied',
      person: { subject: '00u1ada' },
    },
  },
  {
    name: 'a second factor at an Identity Engine organisation, named by its enrolment',
    record: event('user.authentication.auth_via_mfa', {
      outcome: { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' },
      target: [
        ada,
        {
          id: 'lae1',
          type: 'AuthenticatorEnrollment',
          alternateId: 'unknown',
          displayName: 'Okta Verify',
          detailEntry: { methodTypeUsed: 'Get a push notification' },
        },
      ],
    }),
    expected: {
      at,
      type: 'mfa_verified',
      outcome: 'failure',
      reason: 'mfa_failed',
      detail: { factor: 'Get a push notification' },
    },
  },
  {
    name: 'a page that only pretended to be Okta, seen through by the authenticator',
    record: event('user.authentication.auth_via_mfa', {
      outcome: { result: 'FAILURE', reason: 'FastPass declined phishing attempt' },
    }),
    expected: {
      at,
      type: 'risk_detected',
      outcome: 'failure',
      reason: 'policy_denied',
      person: { subject: '00u1ada' },
    },
  },
];
