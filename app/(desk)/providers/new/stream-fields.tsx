'use client';

import { useState } from 'react';
import { allowanceOf } from '#app/(desk)/providers/private-network.ts';
import { Checkbox, Field, Select, TextArea } from '#components/ui/field.tsx';

/** What a Shared Signals stream asks for: how it is delivered, whose tokens to believe, how to ask the transmitter. */
export function StreamFields({ audience }: { audience: string }) {
  const [delivery, setDelivery] = useState('push');
  const [access, setAccess] = useState('none');
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
        onChange={(event) => {
          setDelivery(event.target.value);
          if (event.target.value === 'poll' && access === 'none') setAccess('token');
        }}
      />
      {delivery === 'poll' ? (
        <Field
          label="Address to poll (optional)"
          name="pollUrl"
          type="url"
          hint="Left out: the transmitter names it when the stream is made from here."
        />
      ) : null}
      <Select
        label="How to ask the transmitter"
        name="access"
        value={access}
        options={[
          ...(delivery === 'poll' ? [] : [{ value: 'none', label: 'Not at all: the stream is managed over there' }]),
          { value: 'token', label: 'With a token it gave' },
          { value: 'client', label: 'As a client that asks for tokens (OAuth client credentials)' },
        ]}
        onChange={(event) => setAccess(event.target.value)}
        hint="For polling, and for making, pausing and verifying the stream from here. Kept wrapped, never shown."
      />
      {access === 'token' ? <Field label="Token" name="pollToken" type="password" autoComplete="off" required /> : null}
      {access === 'client' ? (
        <>
          <Field label="Address for tokens" name="tokenUrl" type="url" required />
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Client ID" name="clientId" autoComplete="off" required />
            <Field label="Client secret" name="clientSecret" type="password" autoComplete="off" required />
          </div>
          <Field label="Scopes" name="scope" defaultValue="ssf.read ssf.manage" />
        </>
      ) : null}
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
      <Field
        label="Private network (optional)"
        name="network"
        placeholder="10.1.0.0/16"
        hint="Only for a transmitter inside your own network: what it alone may be called at beyond public addresses."
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

/** The fields as the desk takes them. */
export function streamOf(form: FormData): unknown {
  const jwks = String(form.get('jwks') ?? '').trim();
  const network = String(form.get('network') ?? '').trim();
  return {
    ...textOf(form, 'name', 'slug', 'issuer', 'audience', 'jwksUri', 'delivery', 'pollUrl', 'pollToken'),
    ...(form.get('access') === 'client'
      ? { pollClient: textOf(form, 'tokenUrl', 'clientId', 'clientSecret', 'scope') }
      : {}),
    ...(jwks ? { jwks: parsed(jwks) } : {}),
    ...(network ? { allowance: allowanceOf(network, String(form.get('issuer') ?? '')) } : {}),
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

/** The fields that hold something. */
export function textOf(form: FormData, ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = String(form.get(name) ?? '').trim();
      return value === '' ? [] : [[name, value]];
    }),
  );
}
