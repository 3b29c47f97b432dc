import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import type { Actor } from '#lib/kernel/actor.ts';
import { requirePermission } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type Permission, permissionsOf } from '#lib/model/permissions.ts';
import { sessionCookie } from '#lib/staff/cookies.ts';
import { type DeskSession, findDeskSession } from '#lib/staff/desk-sessions.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';
import { authenticateToken } from '#lib/staff/service-tokens.ts';

export type CurrentOperator = { actor: Actor; session: DeskSession };

/** The signed-in operator of this request, from the desk's own session row, or `null`. Asked once a request. */
export const currentOperator = cache(async (): Promise<CurrentOperator | null> => fromCookie(true));

/** For pages: the operator, who must hold the permission; else the sign-in page, or a plain refusal. */
export async function requireOperator(permission: Permission | null, path: string): Promise<CurrentOperator> {
  const current = await currentOperator();
  if (!current) redirect(`/sign-in?next=${encodeURIComponent(path)}`);
  if (permission) await requirePermission(pool('desk'), current.actor, permission, path);
  return current;
}

/**
 * For the API: who calls, by bearer token or by the desk's cookie, and whether they may. A cookie may change things from our own
 * pages only. `background` calls (polling, streams) do not keep a session alive. @throws Refusal `not_signed_in`, `forbidden`
 */
export async function requireCaller(
  request: Request,
  permission: Permission,
  options: { background?: boolean } = {},
): Promise<Actor> {
  const database = pool('desk');
  const actor = request.headers.has('authorization')
    ? (await authenticateToken(database, request.headers)).actor
    : await cookieCaller(request, !options.background);
  await requirePermission(database, actor, permission, `${request.method} ${new URL(request.url).pathname}`);
  return actor;
}

async function cookieCaller(request: Request, extend: boolean): Promise<Actor> {
  const current = await fromCookie(extend);
  if (!current)
    throw new Refusal(
      'not_signed_in',
      'You are not signed in any more. Sign in, then do it again; nothing was changed.',
    );
  if (request.method !== 'GET' && request.method !== 'HEAD') requireSameOrigin(request);
  return current.actor;
}

async function fromCookie(extend: boolean): Promise<CurrentOperator | null> {
  const token = (await cookies()).get(sessionCookie)?.value;
  if (!token) return null;
  const session = await findDeskSession(pool('desk'), token, { extend });
  if (!session) return null;
  const sent = await headers();
  const actor: Actor = {
    type: 'operator',
    id: session.operatorId,
    label: session.displayName,
    tenantId: session.tenantId,
    permissions: permissionsOf(session.roles),
    ip: sent.get('x-gatehouse-client-ip') || null,
    requestId: sent.get('x-gatehouse-request-id'),
  };
  return { actor, session };
}

/** A path on this desk to go to after signing in; anything else becomes the overview. */
export function safeNext(text: string | undefined): string {
  return text && /^\/(?![\\/])[\w\-./?=&%:,+~*]*$/.test(text) && !text.includes('\\') ? text : '/';
}
