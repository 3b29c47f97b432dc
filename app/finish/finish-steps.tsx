'use client';

import { signOut } from 'next-auth/react';
import { Fragment, useState } from 'react';
import { proveWithPasskey } from '#components/desk/step-up.tsx';
import { callOwn, registerPasskey } from '#components/staff/own-calls.ts';
import { RecoveryCodes } from '#components/staff/recovery-codes.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';

type LimitedTo = 'enrolment' | 'recovery' | 'passkey';
const words: Record<LimitedTo, { title: string; text: string }> = {
  enrolment: {
    title: 'One more step',
    text: 'Your passkey works. So that one lost device does not lock you out, keep recovery codes, or add a second passkey on another device or a security key.',
  },
  recovery: {
    title: 'Make a new passkey',
    text: 'You came in with a recovery code, which does not serve again. Make a passkey on this device; then the desk opens.',
  },
  passkey: {
    title: 'Show your passkey',
    text: 'Your role opens with a passkey only, or this session moved to another network. If yours is lost, sign in with a recovery code instead and make a new one.',
  },
};
const openDesk = () => window.location.assign('/');

export function FinishSteps({ limitedTo }: { limitedTo: LimitedTo }) {
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [name, setName] = useState(limitedTo === 'enrolment' ? 'Second passkey' : 'New passkey');
  const [state, setState] = useState<{ working: boolean; problem: string }>({ working: false, problem: '' });

  const attempt = async (work: () => Promise<string | null>) => {
    setState({ working: true, problem: '' });
    const problem = await work();
    setState({ working: problem === null, problem: problem ?? '' });
  };
  const showCodes = () =>
    attempt(async () => {
      const made = await callOwn<{ codes: string[] }>('POST', 'recovery-codes');
      if (!made.ok) return made.message;
      setCodes(made.data.codes);
      return null;
    });
  const prove = () =>
    attempt(async () => {
      try {
        await proveWithPasskey();
        openDesk();
        return null;
      } catch (error) {
        return error instanceof Error && error.name === 'Error'
          ? error.message
          : 'Your passkey did not answer. Try again, or use another one.';
      }
    });
  const addPasskey = () =>
    attempt(async () => {
      const made = await registerPasskey(name);
      if (!made.ok) return made.message;
      if (limitedTo === 'recovery') {
        await prove();
        return null;
      }
      openDesk();
      return null;
    });

  // Keyed, so that the button that was pressed is gone with its page: the second press of a double click must not put the codes away.
  if (codes)
    return (
      <Fragment key="codes">
        <h1 className="font-semibold text-2xl">Your recovery codes</h1>
        <RecoveryCodes codes={codes} />
        <Button look="primary" className="min-h-11" onClick={openDesk}>
          I have saved them: open the desk
        </Button>
      </Fragment>
    );
  return (
    <>
      <h1 className="font-semibold text-2xl">{words[limitedTo].title}</h1>
      <p className="text-quiet">{words[limitedTo].text}</p>
      {limitedTo === 'enrolment' ? (
        <Button look="primary" className="min-h-11" disabled={state.working} onClick={showCodes}>
          Show my recovery codes
        </Button>
      ) : null}
      {limitedTo === 'passkey' ? (
        <Button look="primary" className="min-h-11" disabled={state.working} onClick={prove}>
          {state.working ? 'Waiting for your passkey…' : 'Use my passkey'}
        </Button>
      ) : (
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            void addPasskey();
          }}
        >
          <Field
            label="A name for the passkey"
            value={name}
            maxLength={100}
            required
            onChange={(event) => setName(event.target.value)}
          />
          <Button
            type="submit"
            look={limitedTo === 'recovery' ? 'primary' : 'secondary'}
            className="min-h-11"
            disabled={state.working}
          >
            {limitedTo === 'recovery' ? 'Make the passkey' : 'Add a second passkey'}
          </Button>
        </form>
      )}
      <p role="status" className="text-critical">
        {state.problem}
      </p>
      <Button look="quiet" className="self-start" onClick={() => signOut({ callbackUrl: '/sign-in' })}>
        Sign out
      </Button>
    </>
  );
}
