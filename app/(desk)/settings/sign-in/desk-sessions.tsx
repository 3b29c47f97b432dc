'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { SessionList } from '#components/staff/session-list.tsx';
import { Button } from '#components/ui/button.tsx';
import { toast } from '#components/ui/toast.tsx';
import type { DeskSessionRow } from '#lib/staff/own-sessions.ts';

/** Everybody's living sessions at the desk; ending one takes effect at once, on every instance. */
export function DeskSessions(props: { sessions: DeskSessionRow[]; current: string; mayEnd: boolean }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const end = async (row: DeskSessionRow) => {
    setWorking(true);
    const answer = await callWithStepUp(`/api/v1/operators/${row.operatorId}/sessions/${row.id}`, {
      method: 'DELETE',
    }).catch(() => null);
    const said = (await answer?.json().catch(() => null)) as { message?: string } | null;
    setWorking(false);
    toast(
      answer?.ok
        ? { text: `The session of ${row.name} has ended.` }
        : { tone: 'problem', text: said?.message ?? 'The desk did not answer. Reload to see whether it ended.' },
    );
    router.refresh();
  };
  return (
    <section aria-label="Sessions at the desk" className="max-w-5xl">
      <SessionList
        sessions={props.sessions}
        current={props.current}
        people
        acts={(row) =>
          props.mayEnd && row.id !== props.current ? (
            <Button
              look="quiet"
              disabled={working}
              aria-label={`End the session of ${row.name}`}
              onClick={() => void end(row)}
            >
              End it
            </Button>
          ) : null
        }
      />
    </section>
  );
}
