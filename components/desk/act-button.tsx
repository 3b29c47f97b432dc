'use client';

import { useRouter } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { Button, type ButtonLook } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { TextArea } from '#components/ui/field.tsx';
import { toast } from '#components/ui/toast.tsx';

/** Calls the API and says what came of it; the page shows the new state. @returns what the desk answered, or null when it refused */
export async function callAndTell(
  url: string,
  init: { method: string; body?: unknown },
  done: string,
): Promise<Record<string, unknown> | null> {
  const answer = await callWithStepUp(url, {
    method: init.method,
    ...(init.body === undefined
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(init.body) }),
  }).catch(() => null);
  const said = (await answer?.json().catch(() => null)) as Record<string, unknown> | null;
  if (answer?.ok) {
    if (done) toast({ text: done });
    return said ?? {};
  }
  const words = typeof said?.message === 'string' ? said.message : null;
  toast({ tone: 'problem', text: words ?? 'The desk did not answer. Nothing was changed; try again in a moment.' });
  return null;
}

/** A button for one act of the API that asks first: what will happen, and the reason where one is kept. */
export function ActButton({
  label,
  look = 'secondary',
  title,
  text,
  url,
  method,
  body,
  asksReason = false,
  done,
}: {
  label: string;
  look?: ButtonLook;
  title: string;
  text: ReactNode;
  url: string;
  method: 'POST' | 'PUT' | 'DELETE';
  body?: Record<string, unknown>;
  asksReason?: boolean;
  done: string;
}) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [working, setWorking] = useState(false);
  const act = async () => {
    setWorking(true);
    const sent = body || asksReason ? { ...body, ...(asksReason ? { reason } : {}) } : undefined;
    const said = await callAndTell(url, { method, ...(sent ? { body: sent } : {}) }, done);
    setWorking(false);
    if (!said) return;
    setOpen(false);
    router.refresh();
  };
  return (
    <>
      <Button look={look} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={title}
        description={text}
        acts={
          <>
            <DialogClose>Not now</DialogClose>
            <Button
              look={look === 'danger' ? 'danger' : 'primary'}
              disabled={working || (asksReason && reason.trim().length < 3)}
              onClick={act}
            >
              {label}
            </Button>
          </>
        }
      >
        {asksReason ? (
          <TextArea
            label="Reason"
            hint="It goes into the audit."
            value={reason}
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
          />
        ) : null}
      </Dialog>
    </>
  );
}
