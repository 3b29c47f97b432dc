'use client';

import Link from 'next/link';
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { readCaseSecret } from '#components/recovery/case-secret.ts';
import { Badge } from '#components/ui/badge.tsx';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { Countdown } from '#components/ui/countdown.tsx';
import { Field } from '#components/ui/field.tsx';
import type { ProofKind, RecoveryState } from '#lib/model/recovery.ts';

type Shown = {
  number: string;
  state: RecoveryState;
  proofs: { kind: ProofKind; name: string; state: string; expiresAt: string; link: string | null }[];
  releaseAt: string | null;
  canFetchCode: boolean;
};
type Code = { code: string; expiresAt: string; page: string };

const sentences: Record<RecoveryState, string> = {
  open: 'The help desk has it. They may call you on a number they know. What they ask you to prove appears here.',
  proposed: 'You proved who you are. The help desk is deciding.',
  waiting: 'It is approved. You get your code here when the waiting time is over.',
  code_shown: 'You have your code. Set up your new authenticator with it.',
  bound: 'Your new authenticator is set up. Old ones and old sessions are being ended.',
  done: 'Your new authenticator works. Old ones and old sessions have ended.',
  rejected: 'The help desk turned it down. Nothing was changed. Call them if you do not know why.',
  vetoed: 'Somebody with one of your known addresses said that it was not you. It was stopped; nothing was changed.',
  expired: 'It was not finished in time. Nothing was changed. Ask again.',
};
const proofWords: Record<string, string> = {
  asked: 'asked for',
  passed: 'done',
  failed: 'did not work',
  expired: 'too late',
  replaced: 'replaced',
};

async function call(
  path: string,
  body: object,
): Promise<{ ok: boolean; data: Record<string, unknown> & { message?: string } }> {
  const answer = await fetch(`/api/v1/recovery-requests/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => null);
  const data = (await answer?.json().catch(() => null)) as Record<string, unknown> | null;
  return { ok: answer?.ok ?? false, data: data ?? { message: 'The desk does not answer. Try again in a moment.' } };
}

/** The person's own view of their case: what is asked of them, and at the end the code, shown here and nowhere else. */
export function CaseForPerson() {
  const secret = useRef<string | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState('');
  const [note, setNote] = useState('');
  const [code, setCode] = useState<Code | null>(null);

  const load = useCallback(async () => {
    if (!secret.current) return;
    const { ok, data } = await call('status', { secret: secret.current });
    if (ok) setShown(data as unknown as Shown);
    else setProblem(data.message ?? '');
  }, []);

  useEffect(() => {
    secret.current = readCaseSecret();
    if (!secret.current) {
      setProblem('This tab holds no case. Open the tab in which you asked for help, or ask again.');
      return;
    }
    // The provider sends the person back here with what it signed; it leaves the address bar at once.
    const assertion = window.location.hash.slice(1);
    if (assertion) window.history.replaceState(null, '', window.location.pathname);
    const begin = async () => {
      if (assertion) {
        const { ok, data } = await call('assertion', { secret: secret.current, assertion });
        setNote(ok ? 'Your authenticator was recognised.' : '');
        setProblem(ok ? '' : (data.message ?? ''));
      }
      await load();
    };
    void begin();
    const again = setInterval(() => void load(), 5_000);
    return () => clearInterval(again);
  }, [load]);

  const enter = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const { ok, data } = await call('code', { secret: secret.current, code: new FormData(form).get('code') });
    setNote(ok ? 'The code was right.' : '');
    setProblem(ok ? '' : (data.message ?? ''));
    if (ok) form.reset();
    await load();
  };
  const fetchCode = async () => {
    const { ok, data } = await call('binding-code', { secret: secret.current });
    if (ok) setCode(data as unknown as Code);
    setProblem(ok ? '' : (data.message ?? ''));
    await load();
  };

  return (
    <>
      <h1 className="font-semibold text-2xl">{shown ? `Your case ${shown.number}` : 'Your case'}</h1>
      {shown ? <p>{sentences[shown.state]}</p> : null}
      <p role="status" className="text-good empty:hidden">
        {shown?.state === 'open' ? note : ''}
      </p>
      <p role="alert" className="text-critical empty:hidden">
        {problem}
      </p>
      {shown && ['open', 'proposed', 'waiting'].includes(shown.state) ? (
        <p className="text-quiet text-sm">
          Keep this tab open until you have your code; it is the key to your case. Have the number at hand when the help
          desk calls.
        </p>
      ) : null}
      {shown && shown.proofs.length > 0 ? (
        <ul className="flex flex-col gap-3">
          {shown.proofs.map((proof) => (
            <li key={proof.kind} className="flex flex-col gap-2 rounded-md border border-line p-4">
              <div className="flex items-center justify-between gap-3">
                <h2 className="font-medium">{proof.name}</h2>
                <Badge tone={proof.state === 'passed' ? 'good' : proof.state === 'asked' ? 'accent' : 'medium'}>
                  {proofWords[proof.state] ?? proof.state}
                </Badge>
              </div>
              {proof.state === 'asked' && proof.kind === 'address-code' ? (
                <form onSubmit={enter} className="flex flex-wrap items-end gap-3">
                  <Field
                    label="The code from the message"
                    name="code"
                    required
                    inputMode="numeric"
                    autoComplete="one-time-code"
                    maxLength={12}
                    className="grow"
                  />
                  <Button type="submit" look="primary">
                    Check the code
                  </Button>
                </form>
              ) : null}
              {proof.state === 'asked' && proof.link ? (
                <a className={buttonClass('primary', 'self-start')} href={proof.link}>
                  Use my authenticator at the provider
                </a>
              ) : null}
              {proof.state === 'asked' && proof.kind === 'manager-attestation' ? (
                <p className="text-quiet text-sm">Your manager was asked. Speak to them; they sign for themselves.</p>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      {shown?.releaseAt && shown.state === 'waiting' && !shown.canFetchCode ? (
        <p>
          Time left:{' '}
          <strong className="text-lg">
            <Countdown until={shown.releaseAt} over="a moment" />
          </strong>
        </p>
      ) : null}
      {shown?.canFetchCode && !code ? (
        <Button look="primary" className="min-h-11" onClick={() => void fetchCode()}>
          Show my binding code
        </Button>
      ) : null}
      {code ? (
        <section aria-label="Binding code" className="flex flex-col gap-3 rounded-md border border-accent p-4">
          <p>
            Your code. It serves once, for{' '}
            <strong>
              <Countdown until={code.expiresAt} over="no longer" />
            </strong>
            , and is not shown again:
          </p>
          <p className="break-all font-mono text-2xl">{code.code}</p>
          <a className={buttonClass('primary', 'self-start')} href={code.page} target="_blank" rel="noreferrer">
            Set up my new authenticator
          </a>
        </section>
      ) : null}
      {shown && ['done', 'rejected', 'expired', 'vetoed'].includes(shown.state) ? (
        <Link href="/recover" className="text-accent underline">
          Ask again
        </Link>
      ) : null}
    </>
  );
}
