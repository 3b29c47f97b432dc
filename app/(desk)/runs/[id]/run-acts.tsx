'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { useShortcuts } from '#components/shell/shortcuts.ts';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { Keys } from '#components/ui/keys.tsx';
import type { RunAct } from '#lib/execution/control-run.ts';
import type { RunProgress } from '#lib/execution/read-run.ts';

/** Steering a run: pause, resume, stop for good, try what failed alone anew. */
export function RunActs({ run }: { run: RunProgress }) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const [stopping, setStopping] = useState(false);
  const act = async (name: RunAct) => {
    setWorking(true);
    setProblem('');
    const called = await callDesk('POST', `/api/v1/runs/${run.id}/act`, { act: name });
    setWorking(false);
    setStopping(false);
    if (!called.ok) setProblem(called.message);
    router.refresh();
  };
  const failed = run.states.failed ?? 0;
  const can = {
    pause: run.state === 'running' && !run.finishedAt,
    resume: run.state === 'paused',
    abort: (run.state === 'running' || run.state === 'paused') && !run.finishedAt,
    retry: failed > 0 && (run.state === 'failed' || run.state === 'running'),
  };
  useShortcuts([
    ...(can.pause ? [{ keys: 'p', label: 'Pause', group: 'Run', run: () => void act('pause') }] : []),
    ...(can.resume ? [{ keys: 'p', label: 'Resume', group: 'Run', run: () => void act('resume') }] : []),
    ...(can.abort ? [{ keys: 'X', label: 'Stop for good…', group: 'Run', run: () => setStopping(true) }] : []),
  ]);
  if (!can.pause && !can.resume && !can.abort && !can.retry) return null;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        {can.pause ? (
          <Button disabled={working} onClick={() => act('pause')}>
            Pause <Keys keys="p" />
          </Button>
        ) : null}
        {can.resume ? (
          <Button look="primary" disabled={working} onClick={() => act('resume')}>
            Resume <Keys keys="p" />
          </Button>
        ) : null}
        {can.retry ? (
          <Button disabled={working} onClick={() => act('retry-failed')}>
            Try the {failed.toLocaleString('en-US')} failed again
          </Button>
        ) : null}
        {can.abort ? (
          <Button look="danger" disabled={working} onClick={() => setStopping(true)}>
            Stop for good…
          </Button>
        ) : null}
      </div>
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
      <Dialog
        open={stopping}
        onOpenChange={setStopping}
        title="No further items?"
        description="What has begun is brought to its end and proved. What has not begun is left alone, and its sessions live on. A stopped run cannot be taken up again; propose what is left anew."
        acts={
          <>
            <DialogClose>Go on</DialogClose>
            <Button look="danger" disabled={working} onClick={() => act('abort')}>
              Stop this run
            </Button>
          </>
        }
      />
    </div>
  );
}
