import { startAuthentication } from '@simplewebauthn/browser';
import { signIn } from 'next-auth/react';

/** Words for a failure that tells neither whether the account exists nor what was wrong. */
export const notSignedIn = {
  passkey:
    'That did not work, and you are not signed in. Use the passkey you enrolled with this desk; if it is lost, sign in with a recovery code or ask an administrator.',
  password:
    'That did not work, and you are not signed in. Check e-mail address, password and code; each code serves once. After many tries wait a little.',
  account:
    'That did not work, and you are not signed in. Use the passkey you enrolled with this desk, or one of your recovery codes.',
  waiting: 'Too many tries, so this way waits a little. Your passkey works all the same.',
};

async function passkeyResponse(optionsAddress: string): Promise<string> {
  const options = await fetch(optionsAddress, { method: 'POST' });
  if (!options.ok) throw new Error('no options');
  return JSON.stringify(await startAuthentication({ optionsJSON: await options.json() }));
}

async function outcomeOf(result: Awaited<ReturnType<typeof signIn>>, words: string): Promise<string | null> {
  if (result?.ok) return null;
  return result?.status === 429 || result?.error === 'TooManyTries' ? notSignedIn.waiting : words;
}

/** Signs in with any passkey of this desk. @returns what to tell the person, or `null` when it worked */
export async function withPasskey(): Promise<string | null> {
  try {
    const response = await passkeyResponse('/api/sign-in/options');
    return await outcomeOf(await signIn('passkey', { redirect: false, response }), notSignedIn.passkey);
  } catch {
    return notSignedIn.passkey;
  }
}

/** Signs in with password and code, in one step. */
export async function withPassword(given: { email: string; password: string; code: string }): Promise<string | null> {
  try {
    return await outcomeOf(await signIn('password', { redirect: false, ...given }), notSignedIn.password);
  } catch {
    return notSignedIn.password;
  }
}

/** Goes to another provider; the browser comes back to this page. */
export async function goToProvider(slug: string): Promise<string> {
  const answer = await fetch(`/api/sign-in/federated/${slug}/start`, { method: 'POST' }).catch(() => null);
  const said = (await answer?.json().catch(() => null)) as { url?: string; message?: string } | null;
  if (answer?.ok && said?.url) {
    window.location.assign(said.url);
    return '';
  }
  return said?.message ?? 'The desk does not answer. Try again in a moment.';
}

/** Finishes what a provider vouched for: by the desk's passkey, by a recovery code, or by nothing more. */
export async function finishAccount(by: 'passkey' | 'nothing' | { code: string }): Promise<string | null> {
  try {
    const more =
      by === 'passkey'
        ? { response: await passkeyResponse('/api/sign-in/federated/options') }
        : by === 'nothing'
          ? {}
          : { code: by.code };
    return await outcomeOf(await signIn('federated', { redirect: false, ...more }), notSignedIn.account);
  } catch {
    return notSignedIn.account;
  }
}
