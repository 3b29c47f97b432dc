import { cookies, headers } from 'next/headers';
import { forbidden, redirect } from 'next/navigation';
import { cache } from 'react';
import type { Actor } from '#lib/kernel/actor.ts';
import { requirePermission } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { Permission } from '#lib/model/permissions.ts';
import { operatorActor } from '#lib/staff/authenticate-caller.ts';
import { sessionCookie } from '#lib/staff/cookies.ts';
import type { DeskSession } from '#lib/staff/desk-sessions.ts';
import { findWatchedSession } from '#lib/staff/session-change.ts';

export type CurrentOperator = { actor: Actor; session: DeskSession };

/** The signed-in operator of this request, from the desk's own session row, or `null`. Asked once a request. */
export const currentOperator = cache(async (): Promise<CurrentOperator | null> => {
  const token = (await cookies()).get(sessionCookie)?.value;
  if (!token) return null;
  const given = await headers();
  const session = await findWatchedSession(pool('desk'), token, given, { extend: true });
  if (!session) return null;
  return { actor: operatorActor(session, given), session };
});

/**
 * For pages: the operator, who must hold the permission; else the sign-in page, or 403 with the words of `app/(desk)/forbidden.tsx`
 * and an audit entry.
 */
export async function requireOperator(permission: Permission | null, path: string): Promise<CurrentOperator> {
  const current = await currentOperator();
  if (!current) redirect(`/sign-in?next=${encodeURIComponent(path)}`);
  if (current.session.limitedTo) redirect('/finish');
  if (permission)
    await requirePermission(pool('desk'), current.actor, permission, path).catch((error: unknown) =>
      error instanceof Refusal && error.code === 'forbidden' ? forbidden() : Promise.reject(error),
    );
  return current;
}

/** A path on this desk to go to after signing in; anything else becomes the overview. */
export function safeNext(text: string | undefined): string {
  return text && /^\/(?![\\/])[\w\-./?=&%:,+~*]*$/.test(text) && !text.includes('\\') ? text : '/';
}
