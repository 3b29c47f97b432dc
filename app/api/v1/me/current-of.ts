import type { Actor } from '#lib/kernel/actor.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { DeskSession } from '#lib/staff/desk-sessions.ts';

/** The operator and the desk session of a route with permission `operator`. @throws Refusal `not_signed_in` without a session */
export function currentOf(context: { actor: Actor; session: DeskSession | null }): {
  actor: Actor;
  session: DeskSession;
} {
  if (!context.session) throw new Refusal('not_signed_in', 'You are not signed in any more. Nothing was changed.');
  return { actor: context.actor, session: context.session };
}
