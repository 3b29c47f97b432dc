'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { Button } from '#components/ui/button.tsx';
import { Checkbox, Field, Select } from '#components/ui/field.tsx';
import { toast } from '#components/ui/toast.tsx';

type Policy = {
  role: string;
  passkeys: 'any' | 'hardware';
  aaguids: string[];
  needsPasskey: boolean;
  idleMinutes: number;
  absoluteHours: number;
};

/** What each role asks of its holders' sign-in. Tighter than the desk's own limits only. */
export function RolePolicies({ policies, mayChange }: { policies: Policy[]; mayChange: boolean }) {
  return (
    <ul className="flex max-w-4xl flex-col gap-2">
      {policies.map((policy) => (
        <li key={policy.role} className="rounded-md border border-line">
          <details className="p-3">
            <summary className="cursor-pointer">
              <span className="font-medium">{policy.role}</span>
              <span className="block pl-4 text-quiet text-sm">
                {policy.needsPasskey ? 'opens with a passkey only' : 'opens with any way in'} ·{' '}
                {policy.passkeys === 'hardware' ? 'hardware passkeys' : 'any passkey'} · {policy.idleMinutes} min idle ·{' '}
                {policy.absoluteHours} h at most
              </span>
            </summary>
            {mayChange ? (
              <PolicyForm policy={policy} />
            ) : (
              <p className="mt-2 text-quiet text-sm">Changing this needs the permission policies:manage.</p>
            )}
          </details>
        </li>
      ))}
    </ul>
  );
}

function PolicyForm({ policy }: { policy: Policy }) {
  const router = useRouter();
  const [state, setState] = useState({ working: false, problem: '' });
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setState({ working: true, problem: '' });
    const answer = await callWithStepUp(`/api/v1/role-policies/${encodeURIComponent(policy.role)}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        passkeys: form.get('passkeys'),
        aaguids: String(form.get('aaguids') ?? '')
          .split(/[\s,]+/)
          .filter((each) => each !== ''),
        needsPasskey: form.get('needsPasskey') === 'on',
        idleMinutes: Number(form.get('idleMinutes')),
        absoluteHours: Number(form.get('absoluteHours')),
      }),
    }).catch(() => null);
    const said = (await answer?.json().catch(() => null)) as { message?: string } | null;
    setState({ working: false, problem: answer?.ok ? '' : (said?.message ?? 'The desk did not answer. Try again.') });
    if (!answer?.ok) return;
    toast({ text: `What ${policy.role} asks is set; living sessions are bound at once.` });
    router.refresh();
  };
  return (
    <form onSubmit={submit} className="mt-3 grid gap-3 sm:grid-cols-2">
      <Checkbox
        label="A passkey before anything opens"
        name="needsPasskey"
        defaultChecked={policy.needsPasskey}
        hint="Whichever way the session began."
      />
      <Select
        label="Passkeys"
        name="passkeys"
        defaultValue={policy.passkeys}
        options={[
          { value: 'any', label: 'Any, synced ones too' },
          { value: 'hardware', label: 'Hardware only: cannot be copied' },
        ]}
      />
      <Field
        label="Minutes idle"
        name="idleMinutes"
        type="number"
        min={1}
        max={15}
        required
        defaultValue={policy.idleMinutes}
      />
      <Field
        label="Hours at most"
        name="absoluteHours"
        type="number"
        min={1}
        max={12}
        required
        defaultValue={policy.absoluteHours}
      />
      <Field
        className="sm:col-span-2"
        label="Models accepted (AAGUID)"
        name="aaguids"
        defaultValue={policy.aaguids.join(', ')}
        hint="With hardware only; left empty, any model."
      />
      <div className="flex items-center gap-3 sm:col-span-2">
        <Button type="submit" look="primary" disabled={state.working}>
          Set what {policy.role} asks
        </Button>
        <p role="status" className="text-critical text-sm">
          {state.problem}
        </p>
      </div>
    </form>
  );
}
