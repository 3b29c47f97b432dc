import { startRegistration } from '@simplewebauthn/browser';
import { callWithStepUp } from '#components/desk/step-up.tsx';

/** The answer of an act on one's own account, or words for the person. */
export type Said<T> = { ok: true; data: T } | { ok: false; message: string };

/** Calls the desk about oneself; a refusal comes back in words. */
export async function callOwn<T = Record<string, never>>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<Said<T>> {
  const init = body ? { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {};
  const answer = await callWithStepUp(`/api/v1/me/${path}`, { method, ...init }).catch(() => null);
  const data = (await answer?.json().catch(() => null)) as (T & { message?: string }) | null;
  if (answer?.ok && data) return { ok: true, data };
  return {
    ok: false,
    message: data?.message ?? 'The desk did not answer. Nothing was changed, as far as we know. Try again in a moment.',
  };
}

/** Makes one more passkey on this or another device and registers it. */
export async function registerPasskey(name: string): Promise<Said<{ id: string; completed: boolean }>> {
  const options = await callOwn<Parameters<typeof startRegistration>[0]['optionsJSON']>('POST', 'passkeys/options');
  if (!options.ok) return options;
  try {
    const response = await startRegistration({ optionsJSON: options.data });
    return await callOwn('POST', 'passkeys', { name, response });
  } catch (error) {
    const known = error instanceof Error && error.name === 'InvalidStateError';
    return {
      ok: false,
      message: known
        ? 'This device holds a passkey of yours already. Use another device or a security key. Nothing was added.'
        : 'Your device made no passkey. It has to verify you (fingerprint, face or PIN). Nothing was added; try again.',
    };
  }
}
