'use client';

import { startAuthentication } from '@simplewebauthn/browser';
import { signIn } from 'next-auth/react';
import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';

const failed =
  'That did not work, and you are not signed in. Use the passkey you enrolled with this desk; if it is lost, ask an administrator for a new enrolment link.';

export function SignInForm({ next }: { next: string }) {
  const [state, setState] = useState<'idle' | 'working' | 'failed'>('idle');
  const start = async () => {
    setState('working');
    try {
      const options = await fetch('/api/sign-in/options', { method: 'POST' });
      if (!options.ok) throw new Error('no options');
      const response = await startAuthentication({ optionsJSON: await options.json() });
      const result = await signIn('passkey', { redirect: false, response: JSON.stringify(response) });
      if (!result?.ok) throw new Error('refused');
      window.location.assign(next);
    } catch {
      setState('failed');
    }
  };
  return (
    <div className="flex flex-col gap-4">
      <Button look="primary" className="min-h-11" disabled={state === 'working'} onClick={start}>
        {state === 'working' ? 'Waiting for your passkey…' : 'Sign in with a passkey'}
      </Button>
      <p role="status" className="min-h-11 text-critical">
        {state === 'failed' ? failed : ''}
      </p>
    </div>
  );
}
