'use client';

import { callWithStepUp } from '#components/desk/step-up.tsx';

/** `see`: the page where what was wanted can be done, when the desk names one. */
export type Called<Answer> =
  | { ok: true; answer: Answer }
  | { ok: false; code: string; message: string; see?: { label: string; path: string } };

/**
 * Changes something through the desk's API. Asks for a passkey or a new sign-in where that is needed, and never throws: what went
 * wrong comes back in words for the person.
 */
export async function callDesk<Answer = unknown>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  body: unknown = {},
): Promise<Called<Answer>> {
  try {
    const answer = await callWithStepUp(url, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const said = (await answer.json().catch(() => null)) as {
      error?: string;
      message?: string;
      see?: { label: string; path: string };
    } | null;
    if (answer.ok) return { ok: true, answer: said as Answer };
    const see = said?.see ? { see: said.see } : {};
    return { ok: false, code: said?.error ?? 'internal', message: said?.message ?? silence, ...see };
  } catch {
    return { ok: false, code: 'unreachable', message: silence };
  }
}

const silence = 'The desk did not answer, so it is not known whether this was done. Reload to see how it stands.';
