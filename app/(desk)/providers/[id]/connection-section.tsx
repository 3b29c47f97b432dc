'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { allowanceOf } from '#app/(desk)/providers/private-network.ts';
import { callDesk } from '#components/desk/call-desk.ts';
import { Section } from '#components/desk/section.tsx';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { Checkbox, Field, TextArea } from '#components/ui/field.tsx';
import { toast } from '#components/ui/toast.tsx';
import type { ProviderDetail } from '#lib/events/sources/provider-detail.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** How Gatehouse reaches the provider. The stored secrets are never shown; giving new ones replaces them. */
export function ConnectionSection({ provider, mayManage }: { provider: ProviderDetail; mayManage: boolean }) {
  const [open, setOpen] = useState(false);
  if (!provider.connection) {
    return (
      <Section title="Connection">
        <p className="text-quiet text-sm">
          {provider.connected
            ? `Connected at ${safeText(provider.baseUrl ?? '')}.`
            : 'Gatehouse has no interface to this kind of provider; it reads what is sent here.'}
        </p>
      </Section>
    );
  }
  return (
    <Section
      title="Connection"
      act={
        mayManage ? (
          <span className="flex gap-2">
            {provider.connected ? <Disconnect providerId={provider.id} /> : null}
            <Button onClick={() => setOpen(true)}>{provider.connected ? 'Change it' : 'Connect'}</Button>
          </span>
        ) : undefined
      }
    >
      <p className="text-quiet text-sm">
        {provider.connected ? (
          <>
            Connected at <span className="break-all">{safeText(provider.baseUrl ?? '')}</span>. The secrets are kept
            wrapped and are never shown.
          </>
        ) : (
          'Not connected: nothing can be fetched from there, and no session can be ended there.'
        )}
      </p>
      <Dialog open={open} onOpenChange={setOpen} title={`Connect ${safeText(provider.name)}`} wide>
        <ConnectForm provider={provider} fields={provider.connection.fields} onDone={() => setOpen(false)} />
      </Dialog>
    </Section>
  );
}

function ConnectForm({
  provider,
  fields,
  onDone,
}: {
  provider: ProviderDetail;
  fields: NonNullable<ProviderDetail['connection']>['fields'];
  onDone: () => void;
}) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const pulled = new Set(provider.pulls.filter(({ enabled }) => enabled).map(({ log }) => log));
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = Object.fromEntries(fields.map(({ name }) => [name, String(form.get(`secret.${name}`) ?? '')]));
    const hasSecret = Object.values(given).some((value) => value.trim() !== '');
    const network = String(form.get('network') ?? '').trim();
    setWorking(true);
    const called = await callDesk('PUT', `/api/v1/providers/${provider.id}/connection`, {
      baseUrl: String(form.get('baseUrl') ?? '').trim(),
      ...(hasSecret ? { secret: given } : {}),
      logs: form.getAll('logs').map(String),
      ...(network ? { allowance: allowanceOf(network, String(form.get('baseUrl') ?? '')) } : {}),
    });
    setWorking(false);
    if (!called.ok) return setProblem(called.message);
    toast({ text: 'Connected. Test the connection to see what works.' });
    onDone();
    router.refresh();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field
        label="Address"
        name="baseUrl"
        type="url"
        required
        defaultValue={provider.baseUrl ?? ''}
        placeholder={provider.connection?.address}
      />
      {fields.map(({ name, label, hint, secret, long, optional }) => {
        const kept = provider.connected ? 'Leave empty to keep what is stored.' : '';
        const around = {
          label: optional ? `${label} (optional)` : label,
          name: `secret.${name}`,
          hint: [hint, kept].filter(Boolean).join(' '),
          autoComplete: 'off',
          required: !provider.connected && !optional,
        };
        return long ? (
          <TextArea key={name} {...around} spellCheck={false} />
        ) : (
          <Field key={name} {...around} type={secret ? 'password' : 'text'} />
        );
      })}
      {provider.logs.length > 0 ? (
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium text-sm">Fetch these logs</legend>
          {provider.logs.map(({ log, name }) => (
            <Checkbox key={log} label={name} name="logs" value={log} defaultChecked={pulled.has(log)} />
          ))}
        </fieldset>
      ) : null}
      <Field
        label="Private network (optional)"
        name="network"
        placeholder="10.1.0.0/16"
        hint="Only for a provider inside your own network: what it alone may be called at beyond public addresses."
      />
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
      <div className="flex justify-end gap-2">
        <DialogClose>Not now</DialogClose>
        <Button type="submit" look="primary" disabled={working}>
          {working ? 'Connecting…' : 'Save the connection'}
        </Button>
      </div>
    </form>
  );
}

function Disconnect({ providerId }: { providerId: string }) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const disconnect = async () => {
    const called = await callDesk('DELETE', `/api/v1/providers/${providerId}/connection`);
    setAsking(false);
    toast(called.ok ? { text: 'Disconnected. The secrets are gone.' } : { tone: 'problem', text: called.message });
    router.refresh();
  };
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Disconnect
      </Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title="Disconnect this provider?"
        description="Its secrets are deleted, its logs are not fetched any more and no session can be ended there. Records that came so far stay."
        acts={
          <>
            <DialogClose>Keep it connected</DialogClose>
            <Button look="danger" onClick={disconnect}>
              Disconnect it
            </Button>
          </>
        }
      />
    </>
  );
}
