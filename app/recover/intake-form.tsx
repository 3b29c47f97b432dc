'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { keepCaseSecret } from '#components/recovery/case-secret.ts';
import { Button } from '#components/ui/button.tsx';
import { Field, TextArea } from '#components/ui/field.tsx';

/** Asks for help. What comes back is the same for everybody: a number, and the secret of this browser's case. */
export function IntakeForm({ tenant }: { tenant: string }) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setWorking(true);
    setProblem('');
    const answer = await fetch('/api/v1/recovery-requests', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ identifier: form.get('identifier'), story: form.get('story') ?? '', tenant }),
    }).catch(() => null);
    const said = (await answer?.json().catch(() => null)) as { secret?: string; message?: string } | null;
    setWorking(false);
    if (!answer?.ok || !said?.secret) {
      setProblem(said?.message ?? 'The desk does not answer. Nothing was sent; try again in a moment.');
      return;
    }
    keepCaseSecret(said.secret);
    router.push('/recover/case');
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field
        label="Your e-mail at work, or your user name"
        name="identifier"
        required
        minLength={3}
        maxLength={254}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
      />
      <TextArea
        label="What happened"
        name="story"
        maxLength={1000}
        hint="For example: new phone, old one lost on Monday."
      />
      <Button type="submit" look="primary" className="min-h-11" disabled={working}>
        {working ? 'Sending…' : 'Ask the help desk'}
      </Button>
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
    </form>
  );
}
