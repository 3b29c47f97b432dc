'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useEffect, useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { deskFetch } from '#components/desk/desk-fetch.ts';
import { useShortcuts } from '#components/shell/shortcuts.ts';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { Field } from '#components/ui/field.tsx';
import { Keys } from '#components/ui/keys.tsx';
import { type ItemState, itemStateWords } from '#lib/model/revocation.ts';

type Progress = { state: ItemState; error: string | null };
const isFinal = (state: ItemState) => state === 'verified' || state === 'failed' || state === 'skipped';

/**
 * Revoke one session: reason first, a passkey where the last proof is old, then the ledger's own word for how far it is. "Revoked" is
 * said of a proved end alone. `keys`: opens it from the keyboard, where the page shows one session only.
 */
export function RevokeButton(props: {
  sessionId: string;
  who: string;
  ended: boolean;
  revocation: string | null;
  keys?: string;
}) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState('');
  const [sending, setSending] = useState(false);
  const [progress, setProgress] = useState<Progress | null>(
    props.revocation ? { state: props.revocation as ItemState, error: null } : null,
  );
  const address = `/api/v1/sessions/${props.sessionId}/revocation`;
  const waiting = progress !== null && !isFinal(progress.state);
  const offered = !props.ended && !waiting;
  useShortcuts(
    props.keys && offered
      ? [{ keys: props.keys, label: 'Revoke the session', group: 'Contain', run: () => setOpen(true) }]
      : [],
  );

  useEffect(() => {
    if (!waiting) return;
    const look = setInterval(async () => {
      const answer = await deskFetch(address).catch(() => null);
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
    const called = await callDesk('POST', address, { reason });
    setSending(false);
    if (!called.ok) return setProblem(called.message);
    setProgress({ state: 'planned', error: null });
    setOpen(false);
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
      {offered ? (
        <Button look="danger" onClick={() => setOpen(true)} aria-label={`Revoke the session of ${props.who}`}>
          Revoke… {props.keys ? <Keys keys={props.keys} /> : null}
        </Button>
      ) : null}
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={`Revoke the session of ${props.who}`}
        description="The provider is asked to end it, and Gatehouse looks again before it says so. The reason goes into the audit."
      >
        <form onSubmit={order} className="flex flex-col gap-4">
          <Field label="Reason" name="reason" required minLength={3} maxLength={500} autoComplete="off" />
          <p role="status" className="text-critical text-sm">
            {problem}
          </p>
          <div className="flex justify-end gap-2">
            <DialogClose>Keep it</DialogClose>
            <Button type="submit" look="danger" disabled={sending}>
              {sending ? 'Ordering…' : 'Revoke 1 session'}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
