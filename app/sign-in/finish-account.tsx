'use client';

import { useState } from 'react';
import { finishAccount } from '#app/sign-in/sign-in-calls.ts';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';

/** What is left after another provider vouched for somebody: the desk's own passkey, unless that provider's second factor is enough. */
export function FinishAccount(props: { provider: string; name: string; secondFactorShown: boolean; next: string }) {
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState('');
  const finish = async (by: Parameters<typeof finishAccount>[0]) => {
    setWorking(true);
    setProblem('');
    const said = await finishAccount(by);
    if (said === null) return window.location.assign(props.next);
    setProblem(said);
    setWorking(false);
  };
  return (
    <div className="flex flex-col gap-4">
      <p>
        {props.provider} says that you are <strong className="font-medium">{props.name}</strong>.
      </p>
      {props.secondFactorShown ? (
        <Button look="primary" className="min-h-11" disabled={working} onClick={() => void finish('nothing')}>
          Open the desk
        </Button>
      ) : (
        <>
          <p className="text-quiet">One thing more: confirm with your passkey of this desk.</p>
          <Button look="primary" className="min-h-11" disabled={working} onClick={() => void finish('passkey')}>
            {working ? 'Waiting for your passkey…' : 'Use my passkey'}
          </Button>
        </>
      )}
      <p role="status" className="text-critical">
        {problem}
      </p>
      {props.secondFactorShown ? null : (
        <details className="rounded-md border border-line p-3">
          <summary className="min-h-6 cursor-pointer font-medium text-sm">My passkey is lost</summary>
          <form
            className="mt-3 flex flex-col gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              void finish({ code: String(new FormData(event.currentTarget).get('code') ?? '') });
            }}
          >
            <Field
              label="Recovery code"
              name="code"
              required
              maxLength={40}
              autoComplete="off"
              hint="It serves once. You make a new passkey with it before the desk opens."
            />
            <Button type="submit" className="min-h-11" disabled={working}>
              Use the code
            </Button>
          </form>
        </details>
      )}
      <a className="text-quiet text-sm underline" href="/sign-in">
        That is not me: begin again
      </a>
    </div>
  );
}
