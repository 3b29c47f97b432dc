'use client';

import { startAuthentication } from '@simplewebauthn/browser';
import { signIn } from 'next-auth/react';
import { useMemo } from 'react';
import { adoptCsrfToken, deskFetch } from '#components/desk/desk-fetch.ts';

/** How long the session and the last passkey proof still count, in seconds; what `GET /api/v1/me/session` answers. */
export type SessionClock = {
  operatorId: string;
  tenantId: string;
  idleSecondsLeft: number;
  absoluteSecondsLeft: number;
  stepUpSecondsLeft: number;
  csrf?: string;
};

/** Why the desk asks: a fresh proof for what is about to be done, or signing in again after the session ended. */
export type Asking = 'step-up' | 'signed-out';
type Ask = (why: Asking) => Promise<boolean>;

let ask: Ask | null = null;
const listeners = new Set<() => void>();

/** The session guard in the header shows the dialog; it registers here. Returns the way back. */
export function answerAskingWith(answer: Ask): () => void {
  ask = answer;
  return () => {
    if (ask === answer) ask = null;
  };
}

/** Calls back whenever a proof was renewed in this tab. Returns the way back. */
export function onProofRenewed(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Proves with one of the operator's own passkeys that it is still them. @throws Error with words for the person */
export async function proveWithPasskey(): Promise<void> {
  const options = await deskFetch('/api/v1/me/step-up/options', { method: 'POST' });
  if (!options.ok) throw new Error(await messageOf(options));
  const response = await startAuthentication({ optionsJSON: await options.json() });
  const proved = await deskFetch('/api/v1/me/step-up', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ response }),
  });
  if (!proved.ok) throw new Error(await messageOf(proved));
  for (const listener of listeners) listener();
}

/** Whose page this is, and of which tenant. */
export type PageOf = Pick<SessionClock, 'operatorId' | 'tenantId'>;

/** Whether a session may go on with a page: the form in hand is not somebody else's, nor for another tenant. */
export function fits(session: PageOf, page: PageOf): boolean {
  return session.operatorId === page.operatorId && session.tenantId === page.tenantId;
}

/** Signs in again with a passkey without leaving the page. A sign-in that does not fit the page loads it anew. */
export async function signInAgain(page: PageOf): Promise<void> {
  const options = await deskFetch('/api/sign-in/options', { method: 'POST' });
  if (!options.ok) throw new Error(await messageOf(options));
  const response = await startAuthentication({ optionsJSON: await options.json() });
  const result = await signIn('passkey', { redirect: false, response: JSON.stringify(response) });
  if (!result?.ok) throw new Error('That passkey did not sign you in. Use one you registered with this desk.');
  const clock = await readSessionClock(page);
  if (!clock || !fits(clock, page)) return window.location.reload();
  for (const listener of listeners) listener();
}

/**
 * The session's clock as the desk sees it now; `null` once it has ended. Keeps nothing alive. What fits the page may act
 * from it; `null` for a page that is of no session yet.
 */
export async function readSessionClock(page: PageOf | null): Promise<SessionClock | null> {
  const answer = await deskFetch('/api/v1/me/session');
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(await messageOf(answer));
  const clock = (await answer.json()) as SessionClock;
  if (clock.csrf && (page === null || fits(clock, page))) adoptCsrfToken(clock.csrf);
  return clock;
}

/**
 * Calls the desk's API. When it asks for a fresh passkey proof, or when the session has ended, a dialog asks the person, and then
 * the very same request is made again: the form in hand is kept. Whoever declines gets the refusal itself.
 * `init.body` must be something that can be sent twice (a string, FormData, a Blob), not a stream.
 */
export async function callWithStepUp(url: string, init: RequestInit = {}): Promise<Response> {
  for (let round = 0; ; round += 1) {
    const answer = await deskFetch(url, init);
    const why = round < 3 ? await askingOf(answer) : null;
    if (!why) return answer;
    const proved = ask
      ? await ask(why)
      : why === 'step-up' &&
        (await proveWithPasskey().then(
          () => true,
          () => false,
        ));
    if (!proved) return answer;
  }
}

/** For components: `const { callWithStepUp } = useStepUp()`. */
export function useStepUp(): { callWithStepUp: typeof callWithStepUp } {
  return useMemo(() => ({ callWithStepUp }), []);
}

async function askingOf(answer: Response): Promise<Asking | null> {
  if (answer.status === 401) return 'signed-out';
  if (answer.status !== 403) return null;
  const said = (await answer
    .clone()
    .json()
    .catch(() => null)) as { error?: string } | null;
  return said?.error === 'step_up_required' ? 'step-up' : null;
}

async function messageOf(answer: Response): Promise<string> {
  const said = (await answer.json().catch(() => null)) as { message?: string } | null;
  return said?.message ?? 'The desk did not answer. Nothing was changed. Try again in a moment.';
}
