'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { type ItemState, itemStateWords } from '#lib/model/revocation.ts';

type Progress = { state: ItemState; error: string | null };
const isFinal = (state: ItemState) => state === 'verified' || state === 'failed';

/** Revoke one session: reason first, then the ledger's own word for how far it is. "Revoked" is said of a proved end alone. */
export function RevokeButton(props: { sessionId: string; who: string; ended: boolean; revocation: string | null }) {
  const router = useRouter();
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState('');
  const [sending, setSending] = useState(false);
  const [progress, setProgress] = useState<Progress | null>(
    props.revocation ? { state: props.revocation as ItemState, error: null } : null,
  );
  const address = `/api/v1/sessions/${props.sessionId}/revocation`;
  const waiting = progress !== null && !isFinal(progress.state);

  useEffect(() => {
    if (!waiting) return;
    const look = setInterval(async () => {
      const answer = await fetch(address).catch(() => null);
      if (!answer?.ok) return;
      const { revocation } = (await answer.json()) as { revocation: Progress | null };
      if (!revocation) return;
      setProgress(revocation);
      if (isFinal(revocation.state)) router.refresh();
    }, 1_000);
    return () => clearInterval(look);
  }, [waiting, address, router]);

  const order = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setProblem('');
    setSending(true);
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '');
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ reason }),
    }).catch(() => null);
    setSending(false);
    if (answer?.ok) {
      setProgress({ state: 'planned', error: null });
      dialog.current?.close();
      return;
    }
    const said = (await answer?.json().catch(() => null)) as { message?: string } | null;
    setProblem(
      said?.message ??
        'The desk did not answer. Reload to see whether it was ordered; ordering again makes no second one.',
    );
  };

  return (
    <>
      {progress ? (
        <span
          title={progress.error ?? itemStateWords[progress.state].sentence}
          className={progress.state === 'failed' ? 'text-critical' : 'text-quiet'}
        >
          {itemStateWords[progress.state].label}{' '}
        </span>
      ) : null}
      {props.ended || waiting ? null : (
        <Button
          look="danger"
          onClick={() => dialog.current?.showModal()}
          aria-label={`Revoke the session of ${props.who}`}
        >
          Revoke…
        </Button>
      )}
      <dialog
        ref={dialog}
        className="m-auto w-[min(28rem,92vw)] rounded-md border border-line bg-paper p-5 text-left text-ink backdrop:bg-black/40"
      >
        <form onSubmit={order} className="flex flex-col gap-4">
          <h2 className="font-semibold text-lg">Revoke the session of {props.who}</h2>
          <p className="text-quiet">
            The provider is asked to end it, and Gatehouse looks again before it says so. The reason goes into the
            audit.
          </p>
          <label>
            Reason
            <input
              name="reason"
              required
              minLength={3}
              maxLength={500}
              className="mt-1 min-h-9 w-full rounded-md border border-line bg-paper px-2 pointer-coarse:min-h-11"
            />
          </label>
          <p role="status" className="text-critical">
            {problem}
          </p>
          <div className="flex justify-end gap-2">
            <Button look="quiet" onClick={() => dialog.current?.close()}>
              Keep it
            </Button>
            <Button type="submit" look="danger" disabled={sending}>
              {sending ? 'Ordering…' : 'Revoke 1 session'}
            </Button>
          </div>
        </form>
      </dialog>
    </>
  );
}
