'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { deskFetch } from '#components/desk/desk-fetch.ts';
import {
  type Asking,
  answerAskingWith,
  onProofRenewed,
  proveWithPasskey,
  readSessionClock,
  type SessionClock,
  signInAgain,
} from '#components/desk/step-up.tsx';
import { onSessionEnded } from '#components/shell/live.ts';
import { Button } from '#components/ui/button.tsx';
import { Dialog } from '#components/ui/dialog.tsx';

const words: Record<Asking, { title: string; text: string; act: string; decline: string }> = {
  'step-up': {
    title: 'Confirm that it is you',
    text: 'This needs a passkey proof from the last five minutes. What you entered is kept, and goes on as soon as you have confirmed.',
    act: 'Use my passkey',
    decline: 'Not now',
  },
  'signed-out': {
    title: 'You were signed out',
    text: 'Your session ended: fifteen minutes without activity, or somebody ended it. What you entered on this page is still here. Sign in with your passkey to go on with it.',
    act: 'Sign in with my passkey',
    decline: 'Leave it',
  },
};
const warnSeconds = 120;
const clockFace = (seconds: number) =>
  `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;

/**
 * Stands in the header once: counts down the passkey proof and the idle limit, warns before the session ends, and shows the
 * dialogs of `callWithStepUp`. `clock` is the session's as the server read it for this page.
 */
export function SessionGuard({ clock: first }: { clock: SessionClock }) {
  const [clock, setClock] = useState({ ...first, readAt: 0 });
  const [now, setNow] = useState(0);
  const [asking, setAsking] = useState<Asking | null>(null);
  const isAsking = useRef(false);
  const [state, setState] = useState<{ working: boolean; problem: string }>({ working: false, problem: '' });
  const settle = useRef<(proved: boolean) => void>(() => undefined);
  // Who chose to leave it is not asked again for the same ended session, until they try to do something.
  const left = useRef(false);
  // An ended session is not asked for every half minute: signing in again, here or in another tab, says so by itself.
  const ended = useRef(false);

  const { operatorId, tenantId } = first;
  const refresh = useCallback(async () => {
    const read = await readSessionClock({ operatorId, tenantId }).catch(() => undefined);
    if (read) setClock({ ...read, readAt: performance.now() });
    if (read !== undefined) ended.current = read === null;
    return read;
  }, [operatorId, tenantId]);
  const askPerson = useCallback((why: Asking) => {
    setState({ working: false, problem: '' });
    setAsking(why);
    isAsking.current = true;
    return new Promise<boolean>((resolve) => {
      settle.current(false);
      settle.current = resolve;
    });
  }, []);

  /** Reads the clock. A session that has ended is said at once and not at the next act; another operator's shows their desk. */
  const look = useCallback(async () => {
    const read = await refresh();
    if (read && read.operatorId !== operatorId) return window.location.reload();
    if (read) left.current = false;
    else if (read === null && !left.current && !isAsking.current) void askPerson('signed-out');
  }, [refresh, askPerson, operatorId]);

  useEffect(() => {
    setClock((known) => ({ ...known, readAt: performance.now() }));
    const tick = setInterval(() => setNow(performance.now()), 1_000);
    const looking = setInterval(() => !ended.current && void look(), 30_000);
    const seen = () => document.visibilityState === 'visible' && void look();
    document.addEventListener('visibilitychange', seen);
    const forgetEnd = onSessionEnded(() => void look());
    const otherTabs = new BroadcastChannel('gatehouse-session');
    // A page that opens has a session: one whose session ended looks whether it may go on. Any looks where a proof was renewed.
    otherTabs.onmessage = ({ data }: MessageEvent<'renewed' | 'opened'>) => {
      if (data === 'renewed' || ended.current) void look();
    };
    otherTabs.postMessage('opened');
    const forgetRenewal = onProofRenewed(() => {
      void refresh();
      otherTabs.postMessage('renewed');
    });
    const forgetAsking = answerAskingWith(askPerson);
    return () => {
      clearInterval(tick);
      clearInterval(looking);
      forgetEnd();
      document.removeEventListener('visibilitychange', seen);
      otherTabs.close();
      forgetRenewal();
      forgetAsking();
    };
  }, [refresh, look, askPerson]);

  const passed = clock.readAt === 0 ? 0 : Math.max(0, Math.floor((now - clock.readAt) / 1_000));
  const idle = Math.max(0, Math.min(clock.idleSecondsLeft, clock.absoluteSecondsLeft) - passed);
  const proof = Math.max(0, clock.stepUpSecondsLeft - passed);

  useEffect(() => {
    if (idle === 0) void look();
  }, [idle, look]);

  const finish = (proved: boolean) => {
    left.current = asking === 'signed-out' && !proved;
    setAsking(null);
    isAsking.current = false;
    settle.current(proved);
    settle.current = () => undefined;
  };
  const prove = async () => {
    setState({ working: true, problem: '' });
    try {
      await (asking === 'signed-out' ? signInAgain({ operatorId, tenantId }) : proveWithPasskey());
      finish(true);
    } catch (error) {
      const own = error instanceof Error && error.name === 'Error' ? error.message : '';
      setState({ working: false, problem: own || 'Your passkey did not answer. Try again, or use another one.' });
    }
  };
  const stay = async () => {
    await deskFetch('/api/v1/me/session', { method: 'POST' }).catch(() => null);
    await refresh();
  };

  const said = asking ? words[asking] : null;
  return (
    <div className="flex items-center gap-2 whitespace-nowrap text-[13px] text-quiet tabular-nums">
      <span
        role="timer"
        title={proof > 0 ? 'Your passkey proof counts for so long' : 'The next sensitive act asks for your passkey'}
      >
        {proof > 0 ? `passkey ${clockFace(proof)}` : 'passkey –'}
      </span>
      {idle <= warnSeconds && idle > 0 ? (
        <span role="alert" className="flex items-center gap-2 text-medium">
          <span>
            signed out in <span aria-hidden="true">{clockFace(idle)}</span>
            <span className="sr-only">two minutes or less</span>
          </span>
          <Button onClick={stay}>Stay</Button>
        </span>
      ) : (
        <span role="timer" title="Without activity you are signed out after so long" className="max-sm:hidden">
          idle {clockFace(idle)}
        </span>
      )}
      <Dialog
        open={said !== null}
        onOpenChange={(open) => {
          if (!open) finish(false);
        }}
        title={said?.title ?? ''}
        description={said?.text ?? ''}
        acts={
          <>
            <Button look="quiet" onClick={() => finish(false)}>
              {said?.decline}
            </Button>
            <Button look="primary" disabled={state.working} onClick={prove}>
              {state.working ? 'Waiting for your passkey…' : said?.act}
            </Button>
          </>
        }
      >
        <p role="status" className="text-critical text-sm">
          {state.problem}
        </p>
      </Dialog>
    </div>
  );
}
