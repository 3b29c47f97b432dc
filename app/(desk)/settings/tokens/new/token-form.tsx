'use client';

import Link from 'next/link';
import { type FormEvent, useState } from 'react';
import { callAndTell } from '#components/desk/act-button.tsx';
import { ShownOnce } from '#components/desk/shown-once.tsx';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { Checkbox, Field, Select } from '#components/ui/field.tsx';
import { permissionWords, tokenScopes } from '#lib/model/permissions.ts';

/** What the machine may do, for how long, how often. The token is shown once. */
export function TokenForm({ providers }: { providers: readonly { slug: string; name: string }[] }) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [working, setWorking] = useState(false);
  const [token, setToken] = useState('');
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setWorking(true);
    const said = await callAndTell(
      '/api/v1/tokens',
      {
        method: 'POST',
        body: {
          name: String(form.get('name') ?? ''),
          scopes: chosen,
          addresses: chosen.includes('people:read-addresses'),
          provider: String(form.get('provider') ?? '') || null,
          proofKey: String(form.get('proofKey') ?? '').trim() || null,
          expiresInDays: Number(form.get('days')),
          requestsPerMinute: Number(form.get('rate')),
        },
      },
      '',
    );
    setWorking(false);
    if (typeof said?.token === 'string') setToken(said.token);
  };
  if (token)
    return (
      <div className="flex max-w-2xl flex-col gap-4">
        <ShownOnce what="Token" secret={token}>
          Keep it where the machine keeps its secrets. The desk keeps a hash and cannot show it again; revoke it in the
          list.
        </ShownOnce>
        <Link href="/settings/tokens" className={buttonClass()}>
          Back to the tokens
        </Link>
      </div>
    );
  return (
    <form onSubmit={submit} className="flex max-w-2xl flex-col gap-5">
      <Field label="Name" name="name" required maxLength={100} hint="What uses it: shown in lists and in the audit." />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-2 font-medium text-sm">What it may do</legend>
        {tokenScopes.map((scope) => (
          <Checkbox
            key={scope}
            label={permissionWords[scope]}
            hint={scope}
            checked={chosen.includes(scope)}
            onChange={(event) =>
              setChosen(event.target.checked ? [...chosen, scope] : chosen.filter((one) => one !== scope))
            }
          />
        ))}
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-3">
        <Select
          label="Events of"
          name="provider"
          options={[
            { value: '', label: 'any provider' },
            ...providers.map(({ slug, name }) => ({ value: slug, label: name })),
          ]}
        />
        <Field label="Expires after (days)" name="days" type="number" min={1} max={366} defaultValue={90} required />
        <Field
          label="Requests a minute"
          name="rate"
          type="number"
          min={1}
          max={1_000_000}
          defaultValue={12_000}
          required
        />
      </div>
      <Field
        label="Bound to a key (optional)"
        name="proofKey"
        maxLength={43}
        pattern="[A-Za-z0-9_\-]{43}"
        hint="The SHA-256 thumbprint of the machine’s public key (RFC 7638). With it the token works only beside a proof by that key (DPoP, RFC 9449): whoever steals the token alone has nothing."
      />
      <div className="flex flex-wrap gap-2">
        <Link href="/settings/tokens" className={buttonClass('quiet')}>
          Not now
        </Link>
        <Button type="submit" look="primary" disabled={working || chosen.length === 0}>
          Make the token
        </Button>
      </div>
    </form>
  );
}
