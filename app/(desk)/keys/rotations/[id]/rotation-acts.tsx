'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';

/** What a person can do to an open rotation: let a halted one go on, or take it back while the new key has not signed. */
export function RotationActs({ id, isHalted, canAbandon }: { id: string; isHalted: boolean; canAbandon: boolean }) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  if (!isHalted && !canAbandon) return null;
  const act = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const submitter = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement | null;
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '');
    setWorking(true);
    setProblem('');
    const answer = await callWithStepUp(`/api/v1/keys/rotations/${id}/${submitter?.value ?? 'resumption'}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ reason }),
    }).catch(() => null);
    setWorking(false);
    if (!answer?.ok) {
      const said = (await answer?.json().catch(() => null)) as { message?: string } | null;
      setProblem(said?.message ?? 'The desk did not answer. Reload to see where the rotation stands.');
    }
    router.refresh();
  };
  return (
    <form onSubmit={act} className="mt-4 flex flex-col gap-3 border-line border-t pt-4">
      <h2 className="font-semibold text-lg">Your part</h2>
      <p className="text-quiet text-sm">
        {isHalted ? 'Resuming makes the check that halted it once more, and skips nothing. ' : ''}
        {canAbandon ? 'Abandoning destroys the new key, which has not signed; the old one goes on as before.' : ''}
      </p>
      <Field
        label="Why"
        name="reason"
        required
        minLength={3}
        maxLength={500}
        hint="Goes into the ledger and the audit."
      />
      <div className="flex flex-wrap gap-2">
        {isHalted ? (
          <Button type="submit" look="primary" value="resumption" disabled={working}>
            Check again and resume
          </Button>
        ) : null}
        {canAbandon ? (
          <Button type="submit" look="danger" value="abandonment" disabled={working}>
            Abandon the rotation
          </Button>
        ) : null}
      </div>
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
    </form>
  );
}
