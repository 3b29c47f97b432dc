'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callAndTell } from '#components/desk/act-button.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';

/** Places a hold, on a person or on everything. Nothing goes by it, so it asks for a reason and no more. */
export function HoldForm({ personId, label }: { personId: string | null; label: string }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const place = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setWorking(true);
    const reason = String(new FormData(form).get('reason') ?? '');
    const placed = await callAndTell(
      '/api/v1/legal-holds',
      { method: 'POST', body: { reason, personId } },
      'The hold is in force.',
    );
    setWorking(false);
    if (!placed) return;
    form.reset();
    router.refresh();
  };
  return (
    <form onSubmit={place} className="mt-4 flex max-w-3xl flex-wrap items-end gap-3">
      <Field
        className="min-w-60 grow"
        label="Reason for a hold"
        name="reason"
        required
        minLength={3}
        maxLength={500}
        placeholder="Court order, investigation, request"
      />
      <Button type="submit" disabled={working}>
        {label}
      </Button>
    </form>
  );
}
