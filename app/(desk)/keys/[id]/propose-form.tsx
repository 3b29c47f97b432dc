'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { Select, TextArea } from '#components/ui/field.tsx';

/** The reason, and the act itself: it proposes, and leads to the proposal that a second person signs. */
export function ProposeForm({
  issuerId,
  kind,
  keys,
}: {
  issuerId: string;
  kind: 'rotate' | 'kill';
  keys: readonly { value: string; label: string }[];
}) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const [chosen, setChosen] = useState(keys[0]?.value ?? '');
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '');
    setWorking(true);
    setProblem('');
    const answer = await callWithStepUp('/api/v1/keys/rotations', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ issuerId, kind, reason, ...(chosen ? { keyId: chosen } : {}) }),
    }).catch(() => null);
    setWorking(false);
    const said = (await answer?.json().catch(() => null)) as { message?: string; proposalId?: string } | null;
    if (answer?.ok && said?.proposalId) router.push(`/proposals/${said.proposalId}`);
    else setProblem(said?.message ?? 'The desk did not answer. Nothing was proposed; try again in a moment.');
  };
  return (
    <form onSubmit={submit} className="flex max-w-2xl flex-col gap-4">
      {keys.length > 1 ? (
        <Select
          label="Which key"
          value={chosen}
          options={keys}
          onChange={(event) => {
            setChosen(event.target.value);
            router.replace(`?key=${event.target.value}`, { scroll: false });
          }}
        />
      ) : null}
      <TextArea
        label="Reason"
        name="reason"
        required
        minLength={3}
        maxLength={500}
        hint="Whoever signs reads it; it stays in the audit."
      />
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
      <div className="flex flex-wrap gap-2">
        <Link href={`/keys/${issuerId}`} className={buttonClass('quiet')}>
          Not now
        </Link>
        <Button type="submit" look={kind === 'kill' ? 'danger' : 'primary'} disabled={working}>
          {kind === 'kill' ? 'Propose to kill this key' : 'Propose this rotation'}
        </Button>
      </div>
    </form>
  );
}
