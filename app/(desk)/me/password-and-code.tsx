'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callOwn } from '#components/staff/own-calls.ts';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { toast } from '#components/ui/toast.tsx';

type Begun = { secret: string; address: string; picture: string };

/** A password and a code generator, which sign in together only. */
export function PasswordAndCode({ changedAt, codeSince }: { changedAt: string | null; codeSince: string | null }) {
  const router = useRouter();
  const [state, setState] = useState({ working: false, problem: '', codeProblem: '' });
  const [begun, setBegun] = useState<Begun | null>(null);

  const after = (
    said: { ok: true } | { ok: false; message: string },
    done: string,
    where: 'problem' | 'codeProblem',
  ) => {
    setState({ working: false, problem: '', codeProblem: '', [where]: said.ok ? '' : said.message });
    if (!said.ok) return false;
    toast({ text: done });
    router.refresh();
    return true;
  };
  const setPassword = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const password = String(new FormData(form).get('password') ?? '');
    setState({ working: true, problem: '', codeProblem: '' });
    if (after(await callOwn('PUT', 'password', { password }), 'The password is set.', 'problem')) form.reset();
  };
  const begin = async () => {
    const said = await callOwn<Begun>('POST', 'code-generator');
    if (said.ok) setBegun(said.data);
    else setState({ working: false, problem: '', codeProblem: said.message });
  };
  const confirm = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get('code') ?? '').replace(/\s/g, '');
    const said = await callOwn('POST', 'code-generator/confirmation', { code });
    if (after(said, 'The code generator is in use.', 'codeProblem')) setBegun(null);
  };
  const remove = async () =>
    after(await callOwn('DELETE', 'password'), 'Password and code generator are removed.', 'problem');

  return (
    <section aria-labelledby="own-password" className="flex flex-col gap-3">
      <h2 id="own-password" className="font-semibold">
        Password and code
      </h2>
      <p className="text-quiet text-sm">
        A second way in, for a machine without your passkey: both together, never one alone.{' '}
        {changedAt ? (
          <>
            The password was set <RelativeTime at={changedAt} />.
          </>
        ) : (
          'No password is set.'
        )}{' '}
        {codeSince ? (
          <>
            The code generator is in use since <RelativeTime at={codeSince} />.
          </>
        ) : (
          'No code generator is set up.'
        )}
      </p>
      <form onSubmit={setPassword} className="flex flex-col gap-2">
        <Field
          label={changedAt ? 'New password' : 'Password'}
          name="password"
          type="password"
          autoComplete="new-password"
          required
          hint="15 characters or more. Several unrelated words are easy to remember."
          problem={state.problem || undefined}
        />
        <Button type="submit" className="self-start" disabled={state.working}>
          {changedAt ? 'Change the password' : 'Set the password'}
        </Button>
      </form>
      {begun ? (
        <form onSubmit={confirm} className="flex flex-col gap-3 rounded-md border border-line p-3">
          <p className="text-sm">Scan this with your app, or type the secret into it. Both are shown this once.</p>
          {/* The picture's own colours: a camera needs dark on light in either theme. */}
          {/* biome-ignore lint/performance/noImgElement: an inline picture has nothing to optimise */}
          <img
            alt="QR code of the secret"
            width={176}
            height={176}
            className="rounded-md bg-white p-1"
            src={`data:image/svg+xml;base64,${btoa(begun.picture)}`}
          />
          <code className="break-all font-mono text-xs">{begun.secret}</code>
          <Field
            label="The code it shows now"
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            maxLength={7}
            problem={state.codeProblem || undefined}
          />
          <div className="flex gap-2">
            <Button type="submit" look="primary">
              Use this code generator
            </Button>
            <Button look="quiet" onClick={() => setBegun(null)}>
              Not now
            </Button>
          </div>
        </form>
      ) : (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => void begin()}>
            {codeSince ? 'Replace the code generator' : 'Set up a code generator'}
          </Button>
          {changedAt || codeSince ? (
            <Button look="quiet" onClick={() => void remove()}>
              Remove both
            </Button>
          ) : null}
          <p role="status" className="text-critical text-sm">
            {state.codeProblem}
          </p>
        </div>
      )}
    </section>
  );
}
