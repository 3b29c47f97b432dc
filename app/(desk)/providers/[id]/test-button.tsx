'use client';

import { CircleAlert, CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import type { TestStep } from '#lib/events/sources/test-inlets.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** Tries the connection part by part and says of each what works and what does not. */
export function TestButton({ providerId }: { providerId: string }) {
  const [working, setWorking] = useState(false);
  const [steps, setSteps] = useState<readonly TestStep[] | null>(null);
  const [problem, setProblem] = useState('');
  const tryOut = async () => {
    setWorking(true);
    setProblem('');
    const called = await callDesk<{ steps: TestStep[] }>('POST', `/api/v1/providers/${providerId}/test`);
    setWorking(false);
    if (called.ok) setSteps(called.answer.steps);
    else {
      setSteps([]);
      setProblem(called.message);
    }
  };
  return (
    <>
      <Button disabled={working} onClick={tryOut}>
        {working ? 'Testing…' : 'Test the connection'}
      </Button>
      <Dialog
        open={steps !== null}
        onOpenChange={(open) => (open ? undefined : setSteps(null))}
        title={problem === '' ? summary(steps ?? []) : 'The test could not run'}
        description="Nothing was changed at the provider."
        acts={<DialogClose>Close</DialogClose>}
      >
        {problem ? <p role="alert">{problem}</p> : null}
        <ul className="flex flex-col gap-3 text-sm">
          {(steps ?? []).map(({ what, ok, detail }) => (
            <li key={what} className="flex gap-2">
              {ok ? (
                <CircleCheck size={16} className="mt-0.5 shrink-0 text-good" aria-label="Works" />
              ) : (
                <CircleAlert size={16} className="mt-0.5 shrink-0 text-critical" aria-label="Does not work" />
              )}
              <span className="min-w-0">
                <span className="block font-medium">{what}</span>
                <span className="text-quiet">{safeText(detail)}</span>
              </span>
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  );
}

function summary(steps: readonly TestStep[]): string {
  const bad = steps.filter(({ ok }) => !ok).length;
  return bad === 0 ? 'Everything that was tried works' : `${bad} of ${steps.length} did not work`;
}
