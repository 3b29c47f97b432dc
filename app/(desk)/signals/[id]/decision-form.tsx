'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import type { SignalState } from '#lib/model/signal.ts';

/** Moves a signal on. What it was when this page was drawn goes along, so nobody overwrites what somebody else decided. */
export function DecisionForm({ id, from, moves }: { id: string; from: SignalState; moves: readonly SignalState[] }) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const decide = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setWorking(true);
    setProblem('');
    const form = new FormData(event.currentTarget);
    const body = JSON.stringify({ from, to: form.get('to'), reason: String(form.get('reason') ?? '') });
    const answer = await fetch(`/api/v1/signals/${id}/decision`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    }).catch(() => null);
    setWorking(false);
    if (!answer?.ok) {
      const said = (await answer?.json().catch(() => null)) as { message?: string } | null;
      setProblem(said?.message ?? 'The desk did not answer. Reload to see where the signal stands.');
    }
    router.refresh();
  };
  const field = 'mt-1 min-h-8 rounded-md border border-line bg-paper px-2 pointer-coarse:min-h-11';
  return (
    <form onSubmit={decide} className="mt-6 flex max-w-3xl flex-wrap items-end gap-3">
      <label className="flex flex-col text-[13px]">
        Move to
        <select name="to" className={field}>
          {moves.map((state) => (
            <option key={state} value={state}>
              {state.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      </label>
      <label className="flex grow flex-col text-[13px]">
        Why
        <input name="reason" maxLength={500} className={field} />
      </label>
      <Button type="submit" look="primary" disabled={working}>
        Move the signal
      </Button>
      <p role="status" className="w-full text-critical">
        {problem}
      </p>
    </form>
  );
}
