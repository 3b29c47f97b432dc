'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { Button } from '#components/ui/button.tsx';
import {
  type Exclusions,
  type RevocationScope,
  type RevocationSummary,
  type SessionGroup,
  sessionGroupWords,
} from '#lib/model/revocation-scope.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** Whom one is warned about. Leaving them out makes a new rehearsal: a frozen set is never changed. */
export function RehearsalWarnings({
  warnings,
  scope,
  exclude,
  reason,
}: {
  warnings: RevocationSummary['warnings'];
  scope: RevocationScope;
  exclude: Exclusions;
  reason: string;
}) {
  const router = useRouter();
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  if (warnings.length === 0) return null;
  const leaveOut = async (group: SessionGroup) => {
    setWorking(true);
    setProblem('');
    const called = await callDesk<{ id: string }>('POST', '/api/v1/revocations', {
      scope,
      exclude: { ...exclude, groups: [...new Set([...exclude.groups, group])] },
      reason,
    });
    setWorking(false);
    if (called.ok) router.push(`/revocations/${called.answer.id}`);
    else setProblem(called.message);
  };
  return (
    <section aria-label="Warnings" className="flex flex-col gap-2">
      {warnings.map(({ group, sessions, people, examples }) => (
        <div key={group} className="flex flex-wrap items-start gap-3 rounded-md border border-high p-3">
          <div className="min-w-0 grow basis-64">
            <p className="font-medium">
              <span aria-hidden="true">▲ </span>
              {sessionGroupWords[group].label}: {sessions.toLocaleString('en-US')}{' '}
              {sessions === 1 ? 'session' : 'sessions'} of {people.toLocaleString('en-US')}{' '}
              {people === 1 ? 'person' : 'people'}
            </p>
            <p className="text-sm">{sessionGroupWords[group].warning}</p>
            <p className="break-words text-quiet text-sm">
              {examples.map(safeText).join(', ')}
              {people > examples.length ? ' and others' : ''}
            </p>
          </div>
          <Button disabled={working} onClick={() => leaveOut(group)}>
            Leave them out
          </Button>
        </div>
      ))}
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
    </section>
  );
}
