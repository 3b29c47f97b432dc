'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callOwn } from '#components/staff/own-calls.ts';
import { SessionList } from '#components/staff/session-list.tsx';
import { Button } from '#components/ui/button.tsx';
import { toast } from '#components/ui/toast.tsx';
import type { DeskSessionRow } from '#lib/staff/own-sessions.ts';

/** One's own living sessions. Ending one asks for the passkey and takes effect at once, on every instance. */
export function OwnSessions({ sessions, current }: { sessions: DeskSessionRow[]; current: string }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const end = async (which: string) => {
    setWorking(true);
    const said = await callOwn<{ ended: number }>('DELETE', 'sessions', { which });
    setWorking(false);
    toast(
      said.ok
        ? { text: said.data.ended === 1 ? 'The session has ended.' : `${said.data.ended} sessions have ended.` }
        : { tone: 'problem', text: said.message },
    );
    router.refresh();
  };
  return (
    <section aria-label="Your sessions" className="flex max-w-4xl flex-col gap-3">
      <SessionList
        sessions={sessions}
        current={current}
        acts={(row) => (
          <Button look="quiet" disabled={working} onClick={() => void end(row.id)}>
            {row.id === current ? 'Sign out here' : 'End it'}
          </Button>
        )}
      />
      {sessions.length > 1 ? (
        <Button className="self-start" disabled={working} onClick={() => void end('others')}>
          End all others
        </Button>
      ) : null}
    </section>
  );
}
