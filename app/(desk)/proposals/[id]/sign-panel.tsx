'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { signProposal } from '#components/operations/sign-proposal.ts';
import { useShortcuts } from '#components/shell/shortcuts.ts';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';
import { Keys } from '#components/ui/keys.tsx';

/**
 * What this person can do with the proposal: propose it (their own rehearsal), sign it, turn it down, take it back. A signature is a
 * passkey's, over exactly the digest on the page.
 */
export function SignPanel(props: {
  id: string;
  digest: string;
  /** "Revoke 312 sessions": what the signature does. */
  act: string;
  isDraft: boolean;
  isMine: boolean;
  canSign: boolean;
  canReject: boolean;
  canWithdraw: boolean;
  alone: boolean;
}) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const [rejecting, setRejecting] = useState(false);
  const draftOfMine = props.isDraft && props.isMine;

  const sign = async () => {
    setWorking(true);
    setProblem('');
    const signed = await signProposal(props.id);
    if (!signed.ok) return stop(signed.message);
    const called = draftOfMine
      ? await callDesk<{ runId: string | null }>('POST', `/api/v1/revocations/${props.id}/proposal`, {
          assertion: signed.answer,
        })
      : await callDesk<{ runId: string | null }>('POST', `/api/v1/proposals/${props.id}/approval`, {
          digest: props.digest,
          assertion: signed.answer,
        });
    if (!called.ok) return stop(called.message);
    if (called.answer.runId) router.push(`/runs/${called.answer.runId}`);
    else {
      setWorking(false);
      router.refresh();
    }
  };
  const stop = (message: string) => {
    setWorking(false);
    setProblem(message);
    router.refresh();
  };
  const decide = async (path: 'rejection' | 'withdrawal', body: Record<string, string>) => {
    setWorking(true);
    setProblem('');
    const called = await callDesk('POST', `/api/v1/proposals/${props.id}/${path}`, body);
    setWorking(false);
    setRejecting(false);
    if (!called.ok) setProblem(called.message);
    router.refresh();
  };
  const reject = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void decide('rejection', { note: String(new FormData(event.currentTarget).get('note') ?? '') });
  };
  useShortcuts([
    ...(draftOfMine || props.canSign
      ? [{ keys: 'S', label: 'Sign', group: 'Proposal', run: () => void (working ? undefined : sign()) }]
      : []),
    ...(props.canReject ? [{ keys: 'X', label: 'Reject', group: 'Proposal', run: () => setRejecting(true) }] : []),
  ]);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        {draftOfMine || props.canSign ? (
          <Button look="danger" disabled={working} onClick={sign}>
            {working
              ? 'Signing…'
              : draftOfMine && !props.alone
                ? `Sign and propose: ${props.act}`
                : `Sign: ${props.act}`}{' '}
            <Keys keys="S" />
          </Button>
        ) : null}
        {props.canReject ? (
          <Button disabled={working} onClick={() => setRejecting(true)}>
            Reject…
          </Button>
        ) : null}
        {props.canWithdraw ? (
          <Button look="quiet" disabled={working} onClick={() => decide('withdrawal', {})}>
            Withdraw it
          </Button>
        ) : null}
      </div>
      {rejecting ? (
        <form onSubmit={reject} className="flex max-w-xl flex-wrap items-end gap-2">
          <Field label="Why not" name="note" required minLength={3} maxLength={500} className="grow" autoFocus />
          <Button type="submit" disabled={working}>
            Reject this proposal
          </Button>
          <Button look="quiet" onClick={() => setRejecting(false)}>
            Not now
          </Button>
        </form>
      ) : null}
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
    </div>
  );
}
