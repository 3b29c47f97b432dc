'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { StreamFields, streamOf, textOf } from '#app/(desk)/providers/new/stream-fields.tsx';
import { OnceShown } from '#app/(desk)/providers/once-shown.tsx';
import { callDesk } from '#components/desk/call-desk.ts';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { Field, Select } from '#components/ui/field.tsx';

type Made = { id: string; providerId?: string; address?: string; audience?: string; authorization?: string | null };

/** Adds a provider; a Shared Signals stream asks for whose tokens to believe. */
export function NewProviderForm({
  kinds,
  audience,
}: {
  kinds: readonly { value: string; label: string }[];
  audience: string;
}) {
  const router = useRouter();
  const [kind, setKind] = useState(kinds[1]?.value ?? 'okta');
  const [name, setName] = useState('');
  const [slug, setSlug] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const short = slug ?? shortName(name);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setWorking(true);
    setProblem('');
    const called = await (kind === 'ssf'
      ? callDesk<Made>('POST', '/api/v1/ssf/receivers', streamOf(form))
      : callDesk<Made>('POST', '/api/v1/providers', { kind, name, slug: short, ...textOf(form, 'issuer') }));
    setWorking(false);
    if (!called.ok) setProblem(called.message);
    else if (called.answer.address) setMade(called.answer);
    else router.push(`/providers/${called.answer.id}`);
  };
  return (
    <form onSubmit={submit} className="flex max-w-2xl flex-col gap-4">
      <Select label="Kind" name="kind" value={kind} options={kinds} onChange={(event) => setKind(event.target.value)} />
      <Field
        label="Name"
        name="name"
        required
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label="Short name"
        name="slug"
        required
        pattern="[a-z][a-z0-9\-]{1,40}"
        value={short}
        onChange={(event) => setSlug(event.target.value)}
        hint="Small letters, digits and dashes; it is part of the address to send records to and cannot be changed."
      />
      {kind === 'ssf' ? (
        <StreamFields audience={audience} />
      ) : (
        <Field
          label="Issuer (optional)"
          name="issuer"
          placeholder="https://id.example.org"
          hint="Whose people these are, where a record does not say so itself. People are told apart by issuer and subject."
        />
      )}
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
      <div className="flex flex-wrap gap-2">
        <Link href="/providers" className={buttonClass('quiet')}>
          Not now
        </Link>
        <Button type="submit" look="primary" disabled={working}>
          {kind === 'ssf' ? 'Make the stream' : 'Add the provider'}
        </Button>
      </div>
      <OnceShown
        open={made !== null}
        onClose={() => router.push(`/providers/${made?.providerId}`)}
        title="Give these to the transmitter"
        values={[
          { label: 'Address', value: made?.address ?? '' },
          { label: 'Audience', value: made?.audience ?? '' },
          ...(made?.authorization ? [{ label: 'Authorization header', value: made.authorization }] : []),
        ]}
      />
    </form>
  );
}

function shortName(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40);
}
