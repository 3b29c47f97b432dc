'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';
import { toast } from '#components/ui/toast.tsx';
import { safeText } from '#lib/model/safe-text.ts';

type Configured = { id: string; slug: string; name: string; issuer: string; linked: number; closed: boolean };
const list = (text: FormDataEntryValue | null) =>
  String(text ?? '')
    .split(/[\s,]+/)
    .filter((each) => each !== '');

/** OpenID providers through which operators may sign in. Who may is said by links, never by e-mail. */
export function SignInProviders(props: { providers: Configured[]; mayChange: boolean; redirectAddress: string }) {
  const router = useRouter();
  const [state, setState] = useState({ working: false, problem: '' });

  const call = async (path: string, init: RequestInit, done: string): Promise<boolean> => {
    setState({ working: true, problem: '' });
    const answer = await callWithStepUp(`/api/v1/sign-in-providers${path}`, init).catch(() => null);
    const said = (await answer?.json().catch(() => null)) as {
      message?: string;
      problems?: { path: string; message: string }[];
    } | null;
    const details = said?.problems?.map(({ path: where, message }) => `${where}: ${message}`).join(' ') ?? '';
    setState({
      working: false,
      problem: answer?.ok ? '' : `${said?.message ?? 'The desk did not answer. Try again.'} ${details}`,
    });
    if (answer?.ok) toast({ text: done });
    router.refresh();
    return answer?.ok ?? false;
  };
  const add = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const added = await call(
      '',
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          slug: text('slug'),
          name: text('name'),
          issuer: text('issuer'),
          clientId: text('clientId'),
          clientSecret: text('clientSecret'),
          trust: { acr: list(form.get('acr')), amr: list(form.get('amr')) },
          allowance: allowanceOf(text('issuer'), list(form.get('networks'))),
        }),
      },
      'The provider is added. Link operators’ accounts under Staff.',
    );
    if (added) element.reset();
  };

  return (
    <div className="flex max-w-4xl flex-col gap-5">
      {props.providers.length === 0 ? (
        <p className="text-quiet">
          None yet. Operators sign in with a passkey of this desk, or with password and code. A provider added here
          appears on the sign-in page; afterwards the desk asks for its own passkey, unless the provider’s second factor
          keeps your rule.
        </p>
      ) : (
        <ul className="divide-y divide-line rounded-md border border-line">
          {props.providers.map((provider) => (
            <li key={provider.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2 text-sm">
              <div className="min-w-0 grow">
                <span className="font-medium">{safeText(provider.name)}</span>
                <span className="block break-all text-quiet text-xs">
                  {provider.slug} · {provider.issuer} · {provider.linked} linked accounts
                </span>
              </div>
              {provider.closed ? (
                <span className="text-quiet">closed</span>
              ) : props.mayChange ? (
                <Button
                  look="quiet"
                  disabled={state.working}
                  onClick={() => void call(`/${provider.id}`, { method: 'DELETE' }, `${provider.name} is closed.`)}
                >
                  Close it
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {props.mayChange ? (
        <form onSubmit={add} className="grid gap-3 rounded-md border border-line p-4 sm:grid-cols-2">
          <h2 className="font-semibold sm:col-span-2">Add a provider</h2>
          <Field label="Name, as the sign-in page shows it" name="name" required maxLength={100} />
          <Field
            label="Short name"
            name="slug"
            required
            maxLength={40}
            pattern="[a-z0-9][a-z0-9\-]*"
            hint="In addresses."
          />
          <Field
            className="sm:col-span-2"
            label="Issuer"
            name="issuer"
            type="url"
            required
            placeholder="https://login.example.org"
            hint="Exactly as its discovery document says it, a final slash included or not."
          />
          <Field label="Client id" name="clientId" required autoComplete="off" />
          <Field label="Client secret" name="clientSecret" type="password" required autoComplete="off" />
          <Field
            label="acr that is enough"
            name="acr"
            hint="Left empty with amr: the desk always asks for its passkey."
          />
          <Field label="amr that are enough together" name="amr" placeholder="pwd hwk" />
          <Field
            className="sm:col-span-2"
            label="Private networks it may be called at"
            name="networks"
            placeholder="10.1.0.0/16"
            hint="Only for a provider inside your own network; it may then stand at the port of its issuer."
          />
          <p className="break-all text-quiet text-xs sm:col-span-2">
            Register this redirect address there: {props.redirectAddress}; for back-channel logout the same with /logout
            instead of /callback.
          </p>
          <div className="flex items-center gap-3 sm:col-span-2">
            <Button type="submit" look="primary" disabled={state.working}>
              Add the provider
            </Button>
            <p role="status" className="text-critical text-sm">
              {state.problem}
            </p>
          </div>
        </form>
      ) : null}
    </div>
  );
}

/** A provider inside one's own network may stand at a port of its own: that of its issuer, and no other. */
function allowanceOf(issuer: string, networks: string[]): { networks: string[]; ports: number[] } {
  const port = URL.canParse(issuer) ? Number(new URL(issuer).port) : 0;
  return { networks, ports: networks.length > 0 && port > 0 ? [port] : [] };
}
