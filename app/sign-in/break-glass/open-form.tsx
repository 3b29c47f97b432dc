'use client';

import { startAuthentication } from '@simplewebauthn/browser';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Field, TextArea } from '#components/ui/field.tsx';

type Way = 'halves' | 'key';
const silence = 'The desk did not answer. Nothing was opened; try again in a moment.';
const noKey =
  'No key confirmed it, and nothing was opened. Plug the key in or hold it to the device, and give its PIN when asked.';

async function post(address: string, body: object): Promise<{ ok: boolean; data: Record<string, unknown> | null }> {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => null);
  return { ok: answer?.ok ?? false, data: await answer?.json().catch(() => null) };
}

/** Opens with the key in somebody's hand. @returns what to tell them, or `null` when it worked */
async function withKey(tenant: string, reason: string): Promise<string | null> {
  const options = await post('/api/sign-in/break-glass/key/options', { tenant });
  if (!options.ok) return String(options.data?.message ?? silence);
  const optionsJSON = options.data as unknown as Parameters<typeof startAuthentication>[0]['optionsJSON'];
  const response = await startAuthentication({ optionsJSON }).catch(() => null);
  if (!response) return noKey;
  const said = await post('/api/sign-in/break-glass/key', { tenant, reason, response });
  return said.ok ? null : String(said.data?.message ?? silence);
}

/** Two halves by two people, or a hardware key; and why. */
export function OpenForm({ tenant }: { tenant: string }) {
  const [way, setWay] = useState<Way>('halves');
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const open = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget));
    setWorking(true);
    setProblem('');
    if (way === 'key') {
      const said = await withKey(String(form.tenant), String(form.reason));
      if (said === null) return window.location.assign('/');
      setProblem(said);
    } else {
      const { firstHalf, secondHalf, reason } = form;
      const body = { tenant: form.tenant, firstHalf, secondHalf, reason };
      const said = await post('/api/sign-in/break-glass', body);
      if (said.ok) return window.location.assign('/');
      setProblem(String(said.data?.message ?? silence));
    }
    setWorking(false);
  };
  const choice = (value: Way, words: string) => (
    <label className="flex min-h-6 items-center gap-2 pointer-coarse:min-h-11">
      <input type="radio" name="way" value={value} checked={way === value} onChange={() => setWay(value)} />
      {words}
    </label>
  );
  return (
    <form onSubmit={open} className="flex flex-col gap-4">
      <Field label="Tenant" name="tenant" required defaultValue={tenant} maxLength={40} autoComplete="off" />
      <fieldset className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
        <legend className="mb-1 text-quiet">What you have</legend>
        {choice('halves', 'Two halves of the code')}
        {choice('key', 'A hardware key of the account')}
      </fieldset>
      {way === 'halves' ? (
        <>
          <Field label="First half" name="firstHalf" type="password" required maxLength={100} autoComplete="off" />
          <Field label="Second half" name="secondHalf" type="password" required maxLength={100} autoComplete="off" />
        </>
      ) : null}
      <TextArea
        label="Reason"
        name="reason"
        required
        minLength={3}
        maxLength={500}
        hint="Everybody on the staff reads it."
      />
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
      <Button type="submit" look="danger" disabled={working}>
        {working && way === 'key' ? 'Waiting for the key…' : 'Open the account for an hour'}
      </Button>
    </form>
  );
}
