import type { ProviderExample } from '#lib/providers/provider-example.ts';

const time = Date.UTC(2026, 2, 2, 9, 15, 30, 120);
const at = '2026-03-02T09:15:30.120Z';
const session = '7a7d5c1e-0000-4000-8000-3c0ffee00001';

/** Keycloak events from the REST interface, a webhook and the JSON log. */
export const keycloakExamples: readonly ProviderExample[] = [
  {
    name: 'a login from the REST interface',
    record: {
      id: 'event-1',
      time,
      type: 'LOGIN',
      realmId: 'realm-1',
      clientId: 'shop',
      userId: 'user-ada',
      sessionId: session,
      ipAddress: '203.0.113.7',
      error: null,
      details: {
        username: 'ada',
        auth_method: 'openid-connect',
        code_id: session,
        redirect_uri: 'https://shop.example/cb?code=secret',
      },
    },
    expected: {
      at,
      sourceEventId: 'event-1',
      type: 'sign_in',
      outcome: 'success',
      reason: null,
      person: { issuer: null, subject: 'user-ada', displayName: 'ada', accountType: 'human' },
      sourceSessionId: session,
      client: 'shop',
      ip: '203.0.113.7',
      interactive: true,
      detail: { realm: 'realm-1', auth_method: 'openid-connect' },
    },
  },
  {
    name: 'a wrong password, without an id',
    record: {
      time,
      type: 'LOGIN_ERROR',
      realmId: 'realm-1',
      clientId: 'shop',
      userId: 'user-ada',
      ipAddress: '203.0.113.7',
      error: 'invalid_user_credentials',
      details: { username: 'ada' },
    },
    expected: {
      at,
      sourceEventId: null,
      type: 'sign_in',
      outcome: 'failure',
      reason: 'invalid_credentials',
      person: { subject: 'user-ada' },
    },
  },
  {
    name: 'a name nobody has, in the quoted JSON log of Quarkus',
    record: {
      timestamp: '2026-03-02T10:15:30.12+01:00',
      loggerName: 'org.keycloak.events',
      level: 'WARN',
      message:
        'type="LOGIN_ERROR", realmId="realm-1", realmName="acme", clientId="shop", userId="null", ipAddress="203.0.113.7", error="user_not_found", auth_method="openid-connect", redirect_uri="https://shop.example/cb", username="Nobody, userId=user-ada"',
    },
    expected: {
      at,
      type: 'sign_in',
      outcome: 'failure',
      reason: 'unknown_user',
      person: { subject: 'unknown:nobody, userid=user-ada', accountType: 'unknown' },
      ip: '203.0.113.7',
    },
  },
  {
    name: 'a misconfigured client in the unquoted log of older servers',
    record: {
      '@timestamp': at,
      'log.logger': 'org.keycloak.events',
      message:
        'type=LOGIN_ERROR, realmId=test, clientId=test, userId=null, ipAddress=172.18.0.1, error=invalid_redirect_uri, redirect_uri=http://localhost:8080',
    },
    expected: { at, type: 'sign_in', outcome: 'failure', reason: 'configuration', person: null, client: 'test' },
  },
  {
    name: 'a service account',
    record: {
      time,
      type: 'CLIENT_LOGIN',
      realmId: 'realm-1',
      clientId: 'batch',
      userId: 'user-batch',
      ipAddress: '198.51.100.4',
      details: { username: 'service-account-batch', grant_type: 'client_credentials' },
    },
    expected: { at, type: 'sign_in', person: { subject: 'user-batch', accountType: 'service' }, interactive: false },
  },
  {
    name: 'a refresh token used again',
    record: {
      time,
      type: 'REFRESH_TOKEN_ERROR',
      realmId: 'realm-1',
      clientId: 'shop',
      userId: 'user-ada',
      sessionId: session,
      ipAddress: '203.0.113.7',
      error: 'invalid_token',
      details: { reason: 'Maximum allowed refresh token reuse exceeded' },
    },
    expected: { at, type: 'token_reused', outcome: 'failure', interactive: false },
  },
  {
    name: 'an administrator signs somebody out everywhere',
    record: {
      id: 'admin-1',
      time,
      realmId: 'realm-1',
      operationType: 'ACTION',
      resourceType: 'USER',
      resourcePath: 'users/user-ada/logout',
      authDetails: {
        realmId: 'master',
        clientId: 'security-admin-console',
        userId: 'user-root',
        ipAddress: '203.0.113.1',
      },
    },
    expected: {
      at,
      type: 'session_revoked',
      providerType: 'ACTION USER',
      person: { subject: 'user-ada' },
      actor: 'user-root',
      sourceSessionId: null,
      ip: '203.0.113.1',
    },
  },
  {
    name: 'an administrator signs everybody out',
    record: {
      time,
      realmId: 'realm-1',
      operationType: 'ACTION',
      resourceType: 'REALM',
      resourcePath: 'logout-all',
      authDetails: { realmId: 'master', clientId: 'console', userId: 'user-root', ipAddress: '203.0.113.1' },
    },
    expected: {
      at,
      sourceEventId: null,
      type: 'session_revoked',
      outcome: 'success',
      person: null,
      actor: 'user-root',
      sourceSessionId: null,
    },
  },
  {
    name: 'a made-up code with a made-up session',
    record: {
      time,
      type: 'CODE_TO_TOKEN_ERROR',
      realmId: 'realm-1',
      clientId: 'shop',
      sessionId: 'b',
      ipAddress: '203.0.113.9',
      error: 'invalid_code',
      details: { code_id: 'b', grant_type: 'authorization_code' },
    },
    expected: {
      at,
      sourceEventId: null,
      type: 'token_issued',
      outcome: 'failure',
      person: null,
      sourceSessionId: null,
      client: 'shop',
    },
  },
  {
    name: 'an administrator disables an account',
    record: {
      time,
      operationType: 'UPDATE',
      resourceType: 'USER',
      resourcePath: 'users/user-ada',
      authDetails: {
        realmId: 'master',
        clientId: 'security-admin-console',
        userId: 'user-root',
        ipAddress: '203.0.113.1',
      },
      representation:
        '{"username":"ada","email":"ada@acme.example","enabled":false,"credentials":[{"value":"hunter2"}]}',
    },
    expected: {
      at,
      type: 'account_disabled',
      person: { subject: 'user-ada', displayName: 'ada', email: 'ada@acme.example' },
      detail: { resource_path: 'users/user-ada', realm: 'master' },
    },
  },
  {
    name: 'a role for somebody, in the JSON log',
    record: {
      timestamp: at,
      loggerName: 'org.keycloak.events',
      message:
        'operationType="CREATE", realmId="realm-1", clientId="security-admin-console", userId="user-root", ipAddress="203.0.113.1", resourceType="REALM_ROLE_MAPPING", resourcePath="users/user-ada/role-mappings/realm"',
    },
    expected: { at, type: 'privilege_granted', person: { subject: 'user-ada' }, actor: 'user-root', ip: '203.0.113.1' },
  },
  {
    name: 'a webhook event with a prefixed type',
    record: {
      uid: 'hook-1',
      time,
      type: 'access.LOGOUT',
      realmId: 'acme',
      authDetails: {
        userId: 'user-ada',
        username: 'ada',
        ipAddress: '203.0.113.7',
        sessionId: session,
        clientId: 'shop',
      },
      details: {},
    },
    expected: {
      at,
      sourceEventId: 'hook-1',
      type: 'sign_out',
      providerType: 'LOGOUT',
      person: { subject: 'user-ada' },
      sourceSessionId: session,
      client: 'shop',
    },
  },
  {
    name: "a login in a container's log, its session in the code alone",
    record: {
      time: '2026-03-02T09:15:30.120000000Z',
      stream: 'stdout',
      log: `2026-03-02 09:15:30,119 INFO  [org.keycloak.events] (executor-thread-1) type="LOGIN", realmId="realm-1", clientId="shop", userId="user-ada", ipAddress="203.0.113.7", code_id="${session}", username="ada"`,
    },
    expected: {
      at,
      type: 'sign_in',
      outcome: 'success',
      person: { subject: 'user-ada' },
      sourceSessionId: session,
      ip: '203.0.113.7',
    },
  },
  {
    name: 'a new e-mail address',
    record: {
      time,
      type: 'UPDATE_EMAIL',
      realmId: 'acme',
      userId: 'user-ada',
      details: { username: 'ada', previous_email: 'old@acme.example', updated_email: 'ada@acme.example' },
    },
    expected: { at, type: 'account_changed', person: { subject: 'user-ada', email: 'ada@acme.example' } },
  },
];
