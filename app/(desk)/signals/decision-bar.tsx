'use client';

import { useRouter } from 'next/navigation';
import { useState, useTransition } from 'react';
import { ReasonDialog } from '#app/(desk)/signals/reason-dialog.tsx';
import { callDesk } from '#components/desk/call-desk.ts';
import { useShortcuts } from '#components/shell/shortcuts.ts';
import { Button } from '#components/ui/button.tsx';
import { Keys } from '#components/ui/keys.tsx';
import { toast } from '#components/ui/toast.tsx';
import { openSignalStates, type SignalState, signalMoves, signalStateWords } from '#lib/model/signal.ts';

export type Decision = Extract<SignalState, 'confirmed_safe' | 'confirmed_compromised' | 'dismissed'>;
type Signal = { id: string; state: SignalState; title: string; assigneeId: string | null };
/** The last move of this tab, so that it can be taken back from wherever the next signal is shown. */
let lastMove: { id: string; from: SignalState; to: SignalState } | null = null;

/**
 * The decision on a signal, by keys: a, m, s, c, d, u. A decision opens the next one by itself. What the signal was when it was
 * drawn goes along, so nobody overwrites what somebody else decided.
 */
export function DecisionBar({
  signal,
  operatorId,
  ids,
  query,
}: {
  signal: Signal;
  operatorId: string;
  ids: readonly string[];
  query: string;
}) {
  const router = useRouter();
  const [asked, setAsked] = useState<Decision | null>(null);
  const [working, setWorking] = useState(false);
  const [drawing, startDrawing] = useTransition();
  const can = (to: SignalState) => signalMoves[signal.state].includes(to);
  const isDecided = !openSignalStates.includes(signal.state);
  const isMine = signal.assigneeId === operatorId;
  const suffix = query ? `?${query}` : '';

  const move = async (id: string, from: SignalState, to: SignalState, reason = '') => {
    setWorking(true);
    const called = await callDesk('POST', `/api/v1/signals/${id}/decision`, { from, to, reason });
    setWorking(false);
    if (!called.ok) toast({ tone: 'problem', text: called.message });
    return called.ok;
  };
  const decide = async (to: Decision, reason: string) => {
    setAsked(null);
    if (!(await move(signal.id, signal.state, to, reason))) return startDrawing(() => router.refresh());
    lastMove = { id: signal.id, from: to, to: signal.state };
    toast({ text: `${signal.title}: ${signalStateWords[to]}.`, act: { label: 'Undo', run: () => void undo() } });
    // The focus must not stay on the row that was decided: j goes on from the one that opens now.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    const at = ids.indexOf(signal.id);
    const next = ids[at + 1] ?? ids[at - 1];
    startDrawing(() => {
      router.replace(next && next !== signal.id ? `/signals/${next}${suffix}` : `/signals${suffix}`, { scroll: false });
      router.refresh();
    });
  };
  const undo = async () => {
    const last = lastMove;
    if (!last || !(await move(last.id, last.from, last.to))) return;
    lastMove = null;
    toast({ text: `Taken back: ${signalStateWords[last.to]} again.` });
    startDrawing(() => {
      router.replace(`/signals/${last.id}${suffix}`, { scroll: false });
      router.refresh();
    });
  };
  const acknowledge = async () => {
    if (!can('acknowledged')) return;
    if (await move(signal.id, signal.state, 'acknowledged')) {
      lastMove = { id: signal.id, from: 'acknowledged', to: signal.state };
      toast({ text: 'Acknowledged.' });
    }
    startDrawing(() => router.refresh());
  };
  const assign = async () => {
    const called = await callDesk('PUT', `/api/v1/signals/${signal.id}/assignee`, {
      from: signal.assigneeId,
      to: isMine ? 'nobody' : 'me',
    });
    toast(called.ok ? { text: isMine ? 'Given back.' : 'It is yours.' } : { tone: 'problem', text: called.message });
    startDrawing(() => router.refresh());
  };
  const ask = (to: Decision) => () => {
    if (can(to)) setAsked(to);
  };
  const reopen = async () => {
    await move(signal.id, signal.state, 'open');
    startDrawing(() => router.refresh());
  };

  const group = 'This signal';
  useShortcuts([
    { keys: 'a', label: 'Acknowledge', group, run: () => void acknowledge() },
    { keys: 'm', label: isMine ? 'Give it back' : 'Assign to me', group, run: () => void assign() },
    { keys: 's', label: 'Confirmed safe…', group, run: ask('confirmed_safe') },
    { keys: 'c', label: 'Confirmed compromised…', group, run: ask('confirmed_compromised') },
    { keys: 'd', label: 'Dismiss…', group, run: ask('dismissed') },
    { keys: 'u', label: 'Undo the last decision', group, run: () => void undo() },
  ]);
  const act = (keys: string, label: string, run: () => void, look: 'secondary' | 'primary' = 'secondary') => (
    <Button look={look} disabled={working || drawing} onClick={run} aria-keyshortcuts={keys}>
      {label}
      <span aria-hidden="true" className="max-md:hidden">
        <Keys keys={keys} />
      </span>
    </Button>
  );
  return (
    <>
      <fieldset aria-label="Decide" className="flex flex-wrap gap-2 border-line border-y py-3">
        {signal.state === 'open' ? act('a', 'Acknowledge', () => void acknowledge()) : null}
        {act('m', isMine ? 'Give it back' : 'Assign to me', () => void assign())}
        {isDecided ? (
          <Button disabled={working || drawing} onClick={() => void reopen()}>
            Open it again
          </Button>
        ) : (
          <>
            {act('s', 'Safe', ask('confirmed_safe'))}
            {act('c', 'Compromised', ask('confirmed_compromised'))}
            {act('d', 'Dismiss', ask('dismissed'))}
          </>
        )}
      </fieldset>
      <ReasonDialog decision={asked} onDecide={decide} onClose={() => setAsked(null)} />
    </>
  );
}
