'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callAndTell } from '#components/desk/act-button.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';

/** A form of a line for one act of the API: a few texts and a button. It is emptied once the act is done; the page shows the new state. */
export function LineForm({
  url,
  fields,
  body = {},
  label,
  done,
}: {
  url: string;
  fields: readonly { name: string; label: string; placeholder: string; minLength?: number }[];
  /** What is sent beside the fields. */
  body?: Record<string, unknown>;
  label: string;
  done: string;
}) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const act = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const texts = Object.fromEntries(fields.map(({ name }) => [name, String(given.get(name) ?? '')]));
    setWorking(true);
    const answer = await callAndTell(url, { method: 'POST', body: { ...body, ...texts } }, done);
    setWorking(false);
    if (!answer) return;
    form.reset();
    router.refresh();
  };
  return (
    <form onSubmit={act} className="mt-4 flex max-w-3xl flex-wrap items-end gap-3">
      {fields.map((field) => (
        <Field key={field.name} className="min-w-60 grow" required maxLength={500} {...field} />
      ))}
      <Button type="submit" disabled={working}>
        {label}
      </Button>
    </form>
  );
}
