'use client';

import { useState } from 'react';
import { withPasskey } from '#app/sign-in/sign-in-calls.ts';
import { readSessionClock } from '#components/desk/step-up.tsx';
import { callOwn, type Said } from '#components/staff/own-calls.ts';
import { Button } from '#components/ui/button.tsx';
import { safeText } from '#lib/model/safe-text.ts';

type Accepted = { tenantId: string; roles: string[] };

/** For somebody who has an account already: the invitation adds roles to it, and nothing to how they sign in. */
export function AcceptInvitation(props: { token: string; email: string | null; roles: string[]; tenant: string }) {
  const [state, setState] = useState({ working: false, problem: '' });
  const [accepted, setAccepted] = useState<Accepted | null>(null);
  const roles = props.roles.join(', ');
  const attempt = async <T,>(work: () => Promise<Said<T>>): Promise<T | null> => {
    setState({ working: true, problem: '' });
    const said = await work();
    setState({ working: false, problem: said.ok ? '' : said.message });
    return said.ok ? said.data : null;
  };
  const open = async ({ tenantId }: Accepted) => {
    if (await attempt(() => callOwn('POST', 'tenant', { tenantId }))) window.location.assign('/');
  };
  return (
    <div className="flex flex-col gap-4">
      {accepted ? (
        <>
          <p role="status">
            Accepted: you are {accepted.roles.join(', ')} at {safeText(props.tenant)} from now on, with the account and
            the passkeys you have.
          </p>
          <Button look="primary" className="min-h-11" disabled={state.working} onClick={() => void open(accepted)}>
            Work at {safeText(props.tenant)}
          </Button>
        </>
      ) : (
        <>
          <p className="text-quiet">
            You are invited to {safeText(props.tenant)} as {roles}. {props.email} has an account at this desk already,
            so nothing new is made: confirm with a passkey of that account.
          </p>
          <Button
            look="primary"
            className="min-h-11"
            disabled={state.working}
            onClick={async () => setAccepted(await attempt(() => accept(props.token)))}
          >
            {state.working ? 'Waiting for your passkey…' : 'Accept with my account'}
          </Button>
        </>
      )}
      <p role="alert" className="text-critical empty:hidden">
        {state.problem}
      </p>
    </div>
  );
}

/** Signs in where nobody is, then accepts; a session whose proof is old is asked for a fresh one. */
async function accept(token: string): Promise<Said<Accepted>> {
  const clock = await readSessionClock(null).catch(() => null);
  if (!clock) {
    const problem = await withPasskey();
    if (problem !== null) return { ok: false, message: problem };
    await readSessionClock(null).catch(() => null);
  }
  return callOwn<Accepted>('POST', 'invitations', { token });
}
