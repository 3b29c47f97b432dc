'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { OnceShown } from '#app/(desk)/providers/once-shown.tsx';
import { callDesk } from '#components/desk/call-desk.ts';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { Checkbox, Field, Select, TextArea } from '#components/ui/field.tsx';

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

function StreamFields({ audience }: { audience: string }) {
  const [delivery, setDelivery] = useState('push');
  const [access, setAccess] = useState('token');
  return (
    <>
      <Select
        label="Delivery"
        name="delivery"
        value={delivery}
        options={[
          { value: 'push', label: 'Push: the transmitter sends (RFC 8935)' },
          { value: 'poll', label: 'Poll: Gatehouse fetches (RFC 8936)' },
        ]}
        onChange={(event) => setDelivery(event.target.value)}
      />
      {delivery === 'poll' ? <Field label="Address to poll" name="pollUrl" type="url" required /> : null}
      <Select
        label="Access to the transmitter"
        name="access"
        value={access}
        options={[
          { value: 'token', label: 'A token given by hand' },
          { value: 'client', label: 'A client that fetches tokens (OAuth client credentials)' },
        ]}
        onChange={(event) => setAccess(event.target.value)}
      />
      {access === 'client' ? (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Token address" name="tokenUrl" type="url" required />
          <Field label="Scopes" name="scope" defaultValue="ssf.read ssf.manage" />
          <Field label="Client ID" name="clientId" autoComplete="off" required />
          <Field label="Client secret" name="clientSecret" type="password" autoComplete="off" required />
        </div>
      ) : (
        <Field
          label={delivery === 'poll' ? 'Token for the transmitter' : 'Token for the transmitter (optional)'}
          name="pollToken"
          type="password"
          autoComplete="off"
          required={delivery === 'poll'}
          hint="For polling, and for making, pausing and verifying the stream from here. Kept wrapped, never shown."
        />
      )}
      <Field
        label="Issuer"
        name="issuer"
        required
        placeholder="https://transmitter.example.org"
        hint="Exactly as the transmitter writes it into iss."
      />
      <Field label="Audience" name="audience" defaultValue={audience} hint="What the transmitter writes into aud." />
      <Field
        label="Address of its keys"
        name="jwksUri"
        type="url"
        placeholder="https://transmitter.example.org/jwks.json"
      />
      <TextArea
        label="Or the keys themselves (JWKS)"
        name="jwks"
        spellCheck={false}
        hint="Instead of an address. Public keys only."
      />
      <Checkbox
        label="Require an Authorization header with each delivery"
        name="authorization"
        hint="Made here and shown once."
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="People at most"
          name="subjectsMax"
          type="number"
          min={1}
          defaultValue={50}
          hint="Revoking events beyond that are held."
        />
        <Field label="Within minutes" name="windowMinutes" type="number" min={1} max={1440} defaultValue={10} />
      </div>
    </>
  );
}

function streamOf(form: FormData): unknown {
  const jwks = String(form.get('jwks') ?? '').trim();
  return {
    ...textOf(form, 'name', 'slug', 'issuer', 'audience', 'jwksUri', 'delivery', 'pollUrl', 'pollToken'),
    ...(jwks ? { jwks: parsed(jwks) } : {}),
    ...(form.get('access') === 'client'
      ? { pollClient: textOf(form, 'tokenUrl', 'clientId', 'clientSecret', 'scope') }
      : {}),
    authorization: form.get('authorization') !== null,
    subjectsMax: Number(form.get('subjectsMax')),
    windowMinutes: Number(form.get('windowMinutes')),
  };
}

/** What is no JSON goes to the desk as it is, which says so in its own words. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textOf(form: FormData, ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = String(form.get(name) ?? '').trim();
      return value === '' ? [] : [[name, value]];
    }),
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
