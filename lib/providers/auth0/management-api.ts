import type { EventType } from '#lib/model/event.ts';

/**
 * What a Management API call did, as far as its address tells. `user`, `session`: whom or what it was about. `everySession`: Auth0's
 * documentation says that all sessions of the user are deleted, which it does not of `revoke-access` ("selected resources").
 */
export type ManagementAct = { type: EventType; user: string | null; session: string | null; everySession: boolean };

const id = '([^/]+)';
type Rule = readonly [method: RegExp, path: RegExp, type: EventType, about?: 'session' | 'every session' | 'none'];

/** First match wins. The group of a path is the user, unless `about` says otherwise. Paths without their `/api/v2` or `/v2`. */
const rules: readonly Rule[] = [
  [/POST/, /^\/users$/, 'account_created', 'none'],
  [/DELETE/, new RegExp(`^/users/${id}$`), 'account_deleted'],
  [/PATCH|PUT/, new RegExp(`^/users/${id}$`), 'account_changed'],
  [
    /DELETE/,
    new RegExp(`^/users/${id}/(?:multifactor/[^/]+|authenticators|authentication-methods(?:/[^/]+)?)$`),
    'factor_removed',
  ],
  [/POST/, new RegExp(`^/users/${id}/(?:authentication-methods|recovery-code-regeneration)$`), 'factor_added'],
  [/PUT|PATCH/, new RegExp(`^/users/${id}/authentication-methods(?:/[^/]+)?$`), 'account_changed'],
  [/DELETE/, new RegExp(`^/users/${id}/sessions$`), 'session_revoked', 'every session'],
  [/DELETE/, new RegExp(`^/users/${id}/refresh-tokens$`), 'token_revoked'],
  [/POST/, new RegExp(`^/users/${id}/revoke-access$`), 'session_revoked'],
  [/POST/, new RegExp(`^/users/${id}/(?:roles|permissions)$`), 'privilege_granted'],
  [/DELETE/, new RegExp(`^/users/${id}/(?:roles|permissions)$`), 'privilege_revoked'],
  [/POST|PUT|PATCH|DELETE/, new RegExp(`^/users/${id}/.+$`), 'account_changed'],
  [/DELETE/, new RegExp(`^/user-blocks/${id}$`), 'account_unlocked'],
  [/DELETE/, new RegExp(`^/sessions/${id}$`), 'session_revoked', 'session'],
  [/POST/, new RegExp(`^/sessions/${id}/revoke$`), 'session_revoked', 'session'],
  [/DELETE/, /^\/(?:refresh-tokens|device-credentials)\/[^/]+$/, 'token_revoked', 'none'],
  [/DELETE/, /^\/guardian\/enrollments\/[^/]+$/, 'factor_removed', 'none'],
  [/POST/, /^\/tickets\/password-change$/, 'password_reset_requested', 'none'],
  [/POST/, /^\/roles\/[^/]+\/users$/, 'privilege_granted', 'none'],
  [/DELETE/, /^\/grants(?:\/[^/]+)?$/, 'consent_revoked', 'none'],
  [/GET|HEAD/, /^/, 'other', 'none'],
];

/** Reads a call by its method and path; what no rule knows is an `admin_action`. */
export function managementAct(method: string, path: string): ManagementAct {
  const plain = path.replace(/^(\/api)?\/v2(?=\/)/, '').replace(/\/$/, '');
  for (const [methods, pattern, type, about] of rules) {
    const found = pattern.exec(plain);
    if (!found || !methods.test(method.toUpperCase())) continue;
    const named = found[1] === undefined ? null : decoded(found[1]);
    const everySession = about === 'every session';
    return {
      type,
      user: about && !everySession ? null : named,
      session: about === 'session' ? named : null,
      everySession,
    };
  }
  return { type: 'admin_action', user: null, session: null, everySession: false };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
