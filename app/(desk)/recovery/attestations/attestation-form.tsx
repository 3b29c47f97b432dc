'use client';

import { startAuthentication } from '@simplewebauthn/browser';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';

/** The manager's answer. A yes is signed by their own passkey over their own words. */
export function AttestationForm({ proofId, personName }: { proofId: string; personName: string }) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const post = async (path: string, body: object) => {
    const answer = await callWithStepUp(`/api/v1/attestations/${proofId}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const said = await answer.json().catch(() => null);
    if (!answer.ok) throw new Error(said?.message ?? 'The desk did not answer. Nothing was signed.');
    return said;
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const submitter = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement | null;
    const how = String(new FormData(event.currentTarget).get('how') ?? '').trim();
    setWorking(true);
    setProblem('');
    try {
      if (submitter?.value === 'it-was-not') await post('', { answer: 'it-was-not', how });
      else {
        const response = await startAuthentication({ optionsJSON: await post('/signing-options', { how }) });
        await post('', { answer: 'it-was-them', how, response });
      }
      router.refresh();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'Your passkey did not sign. Nothing was changed; try again.');
    }
    setWorking(false);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label="How you spoke to them"
        name="how"
        required
        minLength={3}
        maxLength={300}
        hint="For example: saw her at her desk at 10:15."
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" value="it-was-them" disabled={working}>
          Sign: it is {personName}
        </Button>
        <Button type="submit" look="danger" value="it-was-not" disabled={working}>
          It is not them
        </Button>
      </div>
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
    </form>
  );
}
