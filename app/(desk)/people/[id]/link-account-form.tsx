'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callAndTell } from '#components/desk/act-button.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';

/** Links an account that one knows by its address, its subject or its page. */
export function LinkAccountForm({ personId }: { personId: string }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const link = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = Object.fromEntries(
      ['other', 'reason'].map((name) => [name, String(new FormData(form).get(name) ?? '')]),
    );
    setWorking(true);
    const linked = await callAndTell(`/api/v1/people/${personId}/links`, { method: 'POST', body: given }, 'Linked.');
    setWorking(false);
    if (!linked) return;
    form.reset();
    router.refresh();
  };
  return (
    <form onSubmit={link} className="mt-4 flex max-w-3xl flex-wrap items-end gap-3">
      <Field
        className="min-w-60 grow"
        label="Other account"
        name="other"
        required
        maxLength={500}
        placeholder="E-mail, subject or address of its page"
      />
      <Field
        className="min-w-60 grow"
        label="Reason for the link"
        name="reason"
        required
        minLength={3}
        maxLength={500}
        placeholder="How it is known"
      />
      <Button type="submit" disabled={working}>
        Link the account
      </Button>
    </form>
  );
}
