import type { Actor } from '#lib/kernel/actor.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { permissionsOf } from '#lib/model/permissions.ts';
import { cookieOf, sessionCookie } from '#lib/staff/cookies.ts';
import { requireCsrfToken } from '#lib/staff/csrf.ts';
import type { DeskSession } from '#lib/staff/desk-sessions.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';
import { authenticateToken } from '#lib/staff/service-tokens.ts';
import { findWatchedSession } from '#lib/staff/session-change.ts';

/** Who calls: an operator with a desk session, or a machine with a token (which may be bound to one provider's events). */
export type Caller = { actor: Actor; session: DeskSession | null; tokenProvider: string | null };

/**
 * Who stands behind an API request, by bearer token or by the desk's cookie. A cookie may change things from our own pages only.
 * `background` calls (polling, streams) do not keep a session alive.
 * @throws Refusal `not_signed_in`, the same for every reason; `forbidden` for a change ordered by a foreign page
 */
export async function authenticateCaller(
  database: Database,
  request: Request,
  options: { background?: boolean } = {},
): Promise<Caller> {
  const { headers } = request;
  if (headers.has('authorization')) {
    const { actor, provider } = await authenticateToken(database, headers, {
      method: request.method,
      path: new URL(request.url).pathname,
    });
    return { actor, session: null, tokenProvider: provider };
  }
  const token = cookieOf(headers.get('cookie'), sessionCookie);
  const isChange = request.method !== 'GET' && request.method !== 'HEAD';
  // Before the session is touched: what a foreign page or another sign-in orders does not even keep it alive.
  if (token && isChange) requireSameOrigin(request);
  const extend = !options.background;
  const found = token ? await findWatchedSession(database, token, headers, { extend: extend && !isChange }) : null;
  if (found && isChange) requireCsrfToken(request, found);
  const session =
    found && token && isChange && extend ? await findWatchedSession(database, token, headers, { extend }) : found;
  if (!session)
    throw new Refusal(
      'not_signed_in',
      'You are not signed in any more. Sign in, then do it again; nothing was changed.',
    );
  return { actor: operatorActor(session, headers), session, tokenProvider: null };
}

/**
 * The actor of a desk session: its permissions are those of the operator's roles as they are now, and none while the session is
 * limited to finishing an enrolment, a recovery or the proof of a passkey.
 */
export function operatorActor(session: DeskSession, headers: { get(name: string): string | null }): Actor {
  return {
    type: 'operator',
    id: session.operatorId,
    label: session.displayName,
    tenantId: session.tenantId,
    permissions: session.limitedTo ? new Set() : permissionsOf(session.roles, session.customPermissions),
    ip: headers.get('x-gatehouse-client-ip') || null,
    requestId: headers.get('x-gatehouse-request-id'),
    sessionId: session.id,
    passkeyProofAgeSeconds: session.passkeyProofAgeSeconds,
  };
}
