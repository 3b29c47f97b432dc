'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field, Select } from '#components/ui/field.tsx';
import type { ProofKind } from '#lib/model/recovery.ts';

type Offer = { kind: ProofKind; name: string; explanation: string; cannot: string | null };

/** What the help desk can do with an open case: ask for proofs, propose once a path is complete, or reject. Never see a secret. */
export function CaseActs({
  caseId,
  offers,
  addresses,
  complete,
  missing,
  secondPerson,
  waiting,
}: {
  caseId: string;
  offers: readonly Offer[];
  addresses: readonly string[];
  complete: boolean;
  missing: string;
  secondPerson: boolean;
  waiting: string;
}) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const send = async (path: string, body: object): Promise<Record<string, unknown> | null> => {
    setWorking(true);
    setProblem('');
    const answer = await callWithStepUp(`/api/v1/recovery-cases/${caseId}/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => null);
    const said = (await answer?.json().catch(() => null)) as ({ message?: string } & Record<string, unknown>) | null;
    setWorking(false);
    router.refresh();
    if (answer?.ok) return said ?? {};
    setProblem(said?.message ?? 'The desk did not answer. Reload to see where the case stands.');
    return null;
  };
  const ask = (kind: ProofKind) => (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wanted = String(new FormData(event.currentTarget).get('wanted') ?? '') || null;
    void send('proofs', { kind, wanted });
  };
  const decide = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const submitter = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement | null;
    const act = submitter?.value === 'rejection' ? 'rejection' : 'proposal';
    const done = await send(act, { reason: String(new FormData(event.currentTarget).get('reason') ?? '') });
    if (done && act === 'proposal' && done.state === 'pending') router.push(`/proposals/${String(done.proposalId)}`);
  };
  return (
    <section className="flex flex-col gap-4">
      <h2 className="font-semibold text-lg">Your part</h2>
      {offers.map(({ kind, name, explanation, cannot }) => (
        <form
          key={kind}
          onSubmit={ask(kind)}
          className="flex flex-wrap items-end gap-3 rounded-md border border-line p-3"
        >
          <div className="min-w-56 grow">
            <h3 className="font-medium text-sm">{name}</h3>
            <p className="text-quiet text-sm">{cannot ?? explanation}</p>
          </div>
          {!cannot && kind === 'address-code' ? (
            <Select label="Address" name="wanted" options={addresses.map((value) => ({ value, label: value }))} />
          ) : null}
          {!cannot && kind === 'manager-attestation' ? (
            <Field label="Manager’s e-mail at this desk" name="wanted" type="email" required maxLength={254} />
          ) : null}
          {cannot ? null : (
            <Button type="submit" disabled={working} aria-label={`Ask for: ${name}`}>
              Ask for it
            </Button>
          )}
        </form>
      ))}
      <form onSubmit={decide} className="flex flex-col gap-3 rounded-md border border-line p-3">
        <p className="text-sm">
          {complete
            ? `A path is complete. ${secondPerson ? 'A second person has to sign.' : 'You decide alone.'} Then ${waiting} of waiting time run, and every known address is told.`
            : missing}
        </p>
        <Field
          label="Reason"
          name="reason"
          required
          minLength={3}
          maxLength={500}
          hint="Whoever signs reads it; it stays in the audit."
        />
        <div className="flex flex-wrap gap-2">
          {offers.length > 0 ? (
            <Button type="submit" look="primary" value="proposal" disabled={working || !complete}>
              {secondPerson ? 'Propose a new authenticator' : 'Approve a new authenticator'}
            </Button>
          ) : null}
          <Button type="submit" look="danger" value="rejection" disabled={working}>
            Reject the case
          </Button>
        </div>
      </form>
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
    </section>
  );
}
