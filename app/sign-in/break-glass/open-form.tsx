'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Field, TextArea } from '#components/ui/field.tsx';

/** Two halves by two people, and why. */
export function OpenForm() {
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const open = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget));
    setWorking(true);
    setProblem('');
    const answer = await fetch('/api/sign-in/break-glass', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(form),
    }).catch(() => null);
    if (answer?.ok) return window.location.assign('/');
    setWorking(false);
    const said = (await answer?.json().catch(() => null)) as { message?: string } | null;
    setProblem(said?.message ?? 'The desk did not answer. Nothing was opened; try again in a moment.');
  };
  return (
    <form onSubmit={open} className="flex flex-col gap-4">
      <Field label="Tenant" name="tenant" required defaultValue="main" maxLength={40} autoComplete="off" />
      <Field label="First half" name="firstHalf" type="password" required maxLength={100} autoComplete="off" />
      <Field label="Second half" name="secondHalf" type="password" required maxLength={100} autoComplete="off" />
      <TextArea
        label="Reason"
        name="reason"
        required
        minLength={3}
        maxLength={500}
        hint="Everybody on the staff reads it."
      />
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
      <Button type="submit" look="danger" disabled={working}>
        Open the account for an hour
      </Button>
    </form>
  );
}
