import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';

const agent = 'Chrome 126.0.0 / Mac OS X 10.15.7';
const host = {
  hostname: 'acme.eu.auth0.example',
  client_id: 'shopClient',
  client_name: 'Shop',
  ip: '198.51.100.23',
  user_agent: agent,
};
const issuer = 'https://acme.eu.auth0.example/';
const date = '2026-03-02T09:15:30.120Z';

function managementCall(logId: string, method: string, path: string, body: JsonObject): JsonObject {
  const request = { method, path, body, auth: { user: { user_id: 'google-oauth2|root', email: 'root@acme.example' } } };
  const details = { request, response: { statusCode: 202 } };
  return {
    log_id: logId,
    data: { date, type: 'sapi', log_id: logId, ...host, user_id: 'google-oauth2|root', details },
  };
}

/** Auth0 logs as a stream sends them and as the Management API lists them. */
export const auth0Examples: readonly ProviderExample[] = [
  {
    name: 'a sign-in from a log stream',
    record: {
      log_id: '900202603020915',
      data: {
        log_id: '900202603020915',
        date,
        type: 's',
        ...host,
        user_id: 'auth0|ada',
        user_name: 'ada@acme.example',
        connection: 'staff',
        details: { session_id: 'sess-1' },
      },
    },
    expected: {
      at: date,
      sourceEventId: '900202603020915',
      type: 'sign_in',
      providerType: 's',
      outcome: 'success',
      reason: null,
      person: { issuer, subject: 'auth0|ada', email: 'ada@acme.example', accountType: 'human' },
      sourceSessionId: 'sess-1',
      client: 'Shop',
      ip: '198.51.100.23',
      userAgent: agent,
      interactive: true,
    },
  },
  {
    name: 'a wrong password, as the Management API lists it',
    record: {
      _id: 'log-2',
      date,
      type: 'fp',
      description: 'Wrong email or password.',
      ...host,
      user_id: 'auth0|ada',
      user_name: 'ada@acme.example',
    },
    expected: {
      at: date,
      sourceEventId: 'log-2',
      type: 'sign_in',
      outcome: 'failure',
      reason: 'invalid_credentials',
      person: { subject: 'auth0|ada' },
    },
  },
  {
    name: 'a sign-in with a name nobody has',
    record: { log_id: 'log-3', date, type: 'fu', ...host, user_id: '', user_name: 'Nobody@Acme.example' },
    expected: {
      at: date,
      type: 'sign_in',
      outcome: 'failure',
      reason: 'unknown_user',
      person: { subject: 'unknown:nobody@acme.example', accountType: 'unknown' },
    },
  },
  {
    name: 'a time with nine decimals',
    record: {
      log_id: 'log-4',
      data: { date: '2025-10-03 14:09:32.149000000', type: 'gd_send_pn', log_id: 'log-4', user_id: 'auth0|ada' },
    },
    expected: {
      at: '2025-10-03T14:09:32.149Z',
      type: 'mfa_challenge',
      outcome: 'success',
      person: { issuer: null, subject: 'auth0|ada' },
    },
  },
  {
    name: 'a rotated refresh token used again',
    record: {
      log_id: 'log-5',
      data: { date, type: 'ferrt', log_id: 'log-5', ...host, user_id: 'auth0|ada', details: { familyId: 'fam-1' } },
    },
    expected: { at: date, type: 'token_reused', outcome: 'failure', interactive: false },
  },
  {
    name: 'a client acting for itself',
    record: {
      log_id: 'log-6',
      data: {
        date,
        type: 'seccft',
        log_id: 'log-6',
        ...host,
        client_id: 'batch',
        client_name: 'Batch',
        user_id: '',
        user_name: '',
      },
    },
    expected: {
      at: date,
      type: 'token_issued',
      person: { issuer, subject: 'batch@clients', accountType: 'service' },
      interactive: false,
    },
  },
  {
    name: 'an administrator removes a factor of somebody else',
    record: {
      log_id: 'log-7',
      data: {
        date,
        type: 'sapi',
        log_id: 'log-7',
        ...host,
        user_id: 'google-oauth2|root',
        details: {
          request: {
            method: 'delete',
            path: '/api/v2/users/auth0%7Cada/multifactor/guardian',
            body: {},
            auth: { user: { user_id: 'google-oauth2|root', email: 'root@acme.example', name: 'Root' } },
          },
          response: { statusCode: 204 },
        },
      },
    },
    expected: {
      at: date,
      type: 'factor_removed',
      outcome: 'success',
      person: { subject: 'auth0|ada' },
      actor: 'root@acme.example',
      sourceSessionId: null,
      interactive: false,
    },
  },
  {
    name: 'an administrator ends a session by its id',
    record: {
      log_id: 'log-7b',
      data: {
        date,
        type: 'sapi',
        log_id: 'log-7b',
        ...host,
        user_id: 'google-oauth2|root',
        details: {
          request: {
            method: 'delete',
            path: '/api/v2/sessions/sess-9',
            auth: { user: { user_id: 'google-oauth2|root', email: 'root@acme.example', name: 'Root' } },
          },
          response: { statusCode: 202 },
        },
      },
    },
    expected: {
      at: date,
      type: 'session_revoked',
      person: null,
      actor: 'root@acme.example',
      sourceSessionId: 'sess-9',
      interactive: false,
    },
  },
  {
    name: 'an administrator gives a role to two people at once',
    record: {
      log_id: 'log-7c',
      data: {
        date,
        type: 'sapi',
        log_id: 'log-7c',
        ...host,
        user_id: 'google-oauth2|root',
        details: {
          request: {
            method: 'post',
            path: '/api/v2/roles/rol_1/users',
            body: { users: ['auth0|ada', 'auth0|grace'] },
            auth: { user: { user_id: 'google-oauth2|root', email: 'root@acme.example', name: 'Root' } },
          },
          response: { statusCode: 200 },
        },
      },
    },
    expected: { at: date, type: 'privilege_granted', person: null, actor: 'root@acme.example' },
  },
  {
    name: 'an administrator deletes all sessions of somebody',
    record: managementCall('log-20', 'delete', '/api/v2/users/auth0%7Cada/sessions', {}),
    expected: {
      at: date,
      type: 'session_revoked',
      person: { subject: 'auth0|ada' },
      sourceSessionId: null,
      endsSessionsUntil: new Date(date),
    },
  },
  {
    name: 'an administrator revokes one session of somebody and its tokens',
    record: managementCall('log-21', 'post', '/api/v2/users/auth0%7Cada/revoke-access', { session_id: 'sess-9' }),
    expected: {
      at: date,
      type: 'session_revoked',
      person: { subject: 'auth0|ada' },
      sourceSessionId: 'sess-9',
      endsSessionsUntil: null,
    },
  },
  {
    name: 'somebody signed out everywhere by a universal logout',
    record: {
      log_id: 'log-22',
      data: { date, type: 'universal_logout_succeeded', log_id: 'log-22', ...host, user_id: 'auth0|ada' },
    },
    expected: {
      at: date,
      type: 'session_revoked',
      person: { subject: 'auth0|ada' },
      endsSessionsUntil: new Date(date),
    },
  },
  {
    name: 'an administrator switches a protection off; the body stays out',
    record: {
      log_id: 'log-8',
      data: {
        date,
        type: 'sapi',
        log_id: 'log-8',
        ...host,
        user_id: 'google-oauth2|root',
        details: {
          request: {
            method: 'patch',
            path: '/api/v2/attack-protection/brute-force-protection',
            body: { secret: 'hunter2' },
            auth: { user: { user_id: 'google-oauth2|root', email: 'root@acme.example' } },
          },
        },
      },
    },
    expected: {
      at: date,
      type: 'admin_action',
      person: { subject: 'google-oauth2|root', email: 'root@acme.example' },
      actor: null,
      detail: {
        method: 'PATCH',
        path: '/api/v2/attack-protection/brute-force-protection',
        client_id: 'shopClient',
        host: 'acme.eu.auth0.example',
      },
    },
  },
  {
    name: 'an account made over the Management API, which is whom it is about',
    record: {
      log_id: 'log-9',
      data: {
        date,
        type: 'sapi',
        log_id: 'log-9',
        ...host,
        details: {
          request: {
            method: 'post',
            path: '/api/v2/users',
            body: { email: 'grace@acme.example', password: 'hunter2' },
            auth: { user: { user_id: 'google-oauth2|root', email: 'root@acme.example' } },
          },
          response: { statusCode: 201, body: { user_id: 'auth0|grace' } },
        },
      },
    },
    expected: { at: date, type: 'account_created', person: { subject: 'auth0|grace' }, actor: 'root@acme.example' },
  },
  {
    name: 'a link for a new password, asked for by an administrator',
    record: {
      date,
      type: 'sapi',
      _id: 'log-10',
      hostname: host.hostname,
      details: {
        request: {
          method: 'post',
          path: '/api/v2/tickets/password-change',
          body: { user_id: 'auth0|ada' },
          auth: { user: { user_id: 'google-oauth2|root', email: 'root@acme.example' } },
        },
        response: { statusCode: 201 },
      },
    },
    expected: {
      at: date,
      type: 'password_reset_requested',
      person: { subject: 'auth0|ada' },
      actor: 'root@acme.example',
    },
  },
  {
    name: 'a sign-in page asked for wrongly: only the request names the client',
    record: {
      date,
      type: 'f',
      _id: 'log-11',
      hostname: host.hostname,
      description: 'Callback URL mismatch. https://shop.example/x is not in the list of allowed callback URLs',
      details: { qs: { client_id: 'shopClient' }, error: { type: 'callback-url-mismatch' } },
    },
    expected: {
      at: date,
      type: 'sign_in',
      outcome: 'failure',
      reason: 'configuration',
      person: null,
      client: 'shopClient',
    },
  },
  {
    name: 'a verified address, whose account is named in the query alone',
    record: {
      date,
      type: 'sv',
      _id: 'log-12',
      hostname: host.hostname,
      user_name: 'ada@acme.example',
      details: { email: 'ada@acme.example', query: { user_id: 'auth0|ada' } },
    },
    expected: { at: date, type: 'account_changed', person: { subject: 'auth0|ada', email: 'ada@acme.example' } },
  },
];
