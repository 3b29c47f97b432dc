'use client';

import { type FormEvent, useState } from 'react';
import { callAndTell } from '#components/desk/act-button.tsx';
import { ShownOnce } from '#components/desk/shown-once.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';

/** Who holds the halves; then each half by itself, so that its holder alone need see it. */
export function SealForm({ again }: { again: boolean }) {
  const [working, setWorking] = useState(false);
  const [made, setMade] = useState<{ halves: string[]; holders: string[] } | null>(null);
  const [shown, setShown] = useState(-1);
  const seal = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = Object.fromEntries(new FormData(event.currentTarget));
    setWorking(true);
    const said = await callAndTell('/api/v1/break-glass', { method: 'POST', body }, 'The account is sealed.');
    setWorking(false);
    if (Array.isArray(said?.halves)) setMade(said as { halves: string[]; holders: string[] });
  };
  if (made)
    return (
      <div className="flex max-w-2xl flex-col gap-4">
        {made.holders.map((holder, at) => (
          <div key={holder}>
            {shown === at ? (
              <ShownOnce what={`The half of ${holder}`} secret={made.halves[at] ?? ''}>
                For {holder} alone: write it down, keep it apart from the other half. Leaving this page hides both for
                good.
              </ShownOnce>
            ) : (
              <Button onClick={() => setShown(at)}>Show the half of {holder}</Button>
            )}
          </div>
        ))}
      </div>
    );
  return (
    <form onSubmit={seal} className="flex max-w-2xl flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="First half held by"
          name="firstHolder"
          required
          minLength={2}
          maxLength={100}
          autoComplete="off"
        />
        <Field
          label="Second half held by"
          name="secondHolder"
          required
          minLength={2}
          maxLength={100}
          autoComplete="off"
        />
      </div>
      <div>
        <Button type="submit" look="primary" disabled={working}>
          {again ? 'Seal it anew' : 'Seal a break-glass account'}
        </Button>
      </div>
    </form>
  );
}
