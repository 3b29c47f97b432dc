'use client';

import { startRegistration } from '@simplewebauthn/browser';
import { signIn } from 'next-auth/react';
import { type FormEvent, useEffect, useState } from 'react';
import { AcceptInvitation } from '#app/enrol/accept-invitation.tsx';
import { Button } from '#components/ui/button.tsx';

type About = { email: string | null; roles: string[]; tenant: string; hasAccount: boolean };
type State =
  | { step: 'reading' }
  | { step: 'open'; about: About; problem: string; working: boolean }
  | { step: 'closed'; message: string };

async function ask(body: object): Promise<{ ok: boolean; data: { message?: string; about?: About; options?: never } }> {
  const answer = await fetch('/api/sign-in/enrolment', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { ok: answer.ok, data: await answer.json() };
}

export function EnrolForm() {
  const [token, setToken] = useState('');
  const [state, setState] = useState<State>({ step: 'reading' });

  useEffect(() => {
    const fragment = window.location.hash.slice(1);
    // The secret leaves the address bar and the history as soon as it is read.
    if (fragment) window.history.replaceState(null, '', window.location.pathname);
    const open = async (secret: string) => {
      const { ok, data } = await ask({ token: secret });
      if (ok && data.about) setState({ step: 'open', about: data.about, problem: '', working: false });
      else setState({ step: 'closed', message: data.message ?? 'This link cannot be read. Ask for a new one.' });
    };
    if (!fragment) return;
    setToken(fragment);
    open(fragment).catch(() =>
      setState({ step: 'closed', message: 'The desk does not answer. Try the link again in a moment.' }),
    );
  }, []);

  if (state.step === 'closed') return <p role="alert">{state.message}</p>;
  if (state.step === 'reading')
    return (
      <p className="text-quiet">
        Open the enrolment link you were given. It is printed by the desk and serves once, for an hour.
      </p>
    );

  if (state.about.hasAccount) return <AcceptInvitation token={token} {...state.about} />;

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = {
      email: state.about.email ?? String(form.get('email') ?? ''),
      displayName: String(form.get('displayName') ?? ''),
      passkeyName: String(form.get('passkeyName') ?? ''),
    };
    setState({ ...state, problem: '', working: true });
    try {
      const { ok, data } = await ask({ token, email: given.email, displayName: given.displayName });
      if (!ok || !data.options) {
        setState({ step: 'closed', message: data.message ?? 'This link does not serve any more.' });
        return;
      }
      const response = await startRegistration({ optionsJSON: data.options });
      const result = await signIn('enrolment', {
        redirect: false,
        enrolment: JSON.stringify({ token, ...given, response }),
      });
      if (!result?.ok) throw new Error('refused');
      window.location.assign('/finish');
    } catch {
      setState({
        ...state,
        working: false,
        problem:
          'No passkey was made, and the link still serves. Check the e-mail address, then try again; your device has to verify you (fingerprint, face or PIN).',
      });
    }
  };
  const field = 'mt-1 min-h-9 w-full rounded-md border border-line bg-paper px-2 pointer-coarse:min-h-11';
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-quiet">
        You join as {state.about.roles.join(', ')}
        {state.about.email ? ` with ${state.about.email}` : ''}. You sign in with a passkey; the next page asks for a
        second way, for the day it is lost.
      </p>
      {state.about.email ? null : (
        <label>
          E-mail
          <input name="email" type="email" required autoComplete="email" className={field} />
        </label>
      )}
      <label>
        Your name, as colleagues see it
        <input name="displayName" required maxLength={100} autoComplete="name" className={field} />
      </label>
      <label>
        A name for this passkey
        <input name="passkeyName" required maxLength={100} defaultValue="My passkey" className={field} />
      </label>
      <Button type="submit" look="primary" className="min-h-11" disabled={state.working}>
        {state.working ? 'Waiting for your device…' : 'Create the passkey'}
      </Button>
      <p role="status" className="text-critical">
        {state.problem}
      </p>
    </form>
  );
}
