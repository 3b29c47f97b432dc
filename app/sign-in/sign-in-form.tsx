'use client';

import { type FormEvent, useState } from 'react';
import { goToProvider, withPasskey, withPassword } from '#app/sign-in/sign-in-calls.ts';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';

/** Every way in: a passkey first, the others behind it in plain words. */
export function SignInForm(props: { next: string; providers: { slug: string; name: string }[]; problem: string }) {
  const [working, setWorking] = useState('');
  const [problem, setProblem] = useState(props.problem);

  const attempt = async (what: string, work: () => Promise<string | null>) => {
    setWorking(what);
    setProblem('');
    const said = await work();
    if (said === null) return window.location.assign(props.next);
    // Nothing to say: the browser is on its way to a provider.
    if (said === '') return;
    setProblem(said);
    setWorking('');
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (name: string) => String(form.get(name) ?? '');
    void attempt('password', () =>
      withPassword({ email: given('email'), password: given('password'), code: given('code') }),
    );
  };
  return (
    <div className="flex flex-col gap-4">
      <p className="text-quiet">The desk for identity operations.</p>
      <Button
        look="primary"
        className="min-h-11"
        disabled={working !== ''}
        onClick={() => void attempt('passkey', withPasskey)}
      >
        {working === 'passkey' ? 'Waiting for your passkey…' : 'Sign in with a passkey'}
      </Button>
      {props.providers.map(({ slug, name }) => (
        <Button
          key={slug}
          className="min-h-11"
          disabled={working !== ''}
          onClick={() => void attempt(slug, () => goToProvider(slug))}
        >
          {working === slug ? `Going to ${name}…` : `Sign in with ${name}`}
        </Button>
      ))}
      <p role="status" className="min-h-11 text-critical">
        {problem}
      </p>
      <details className="rounded-md border border-line p-3">
        <summary className="min-h-6 cursor-pointer font-medium text-sm pointer-coarse:py-2">
          Use a password and a code
        </summary>
        <form onSubmit={submit} className="mt-3 flex flex-col gap-3">
          <Field label="E-mail" name="email" type="email" autoComplete="username" required maxLength={254} />
          <Field label="Password" name="password" type="password" autoComplete="current-password" required />
          <Field
            label="Code"
            name="code"
            autoComplete="one-time-code"
            required
            maxLength={40}
            hint="Six digits from your app, or one of your recovery codes. There is no way in without one."
          />
          <Button type="submit" className="min-h-11" disabled={working !== ''}>
            {working === 'password' ? 'Signing in…' : 'Sign in'}
          </Button>
        </form>
      </details>
    </div>
  );
}
