'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { type Called, callDesk } from '#components/desk/call-desk.ts';
import { Button } from '#components/ui/button.tsx';
import { toast } from '#components/ui/toast.tsx';
import type { ReplaySummary } from '#lib/events/sources/replay-quarantine.ts';

/** Reads everything of this provider's quarantine again. */
export function ReplayButton({ providerId }: { providerId: string }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const [tried, setTried] = useState(0);
  const replay = async () => {
    setWorking(true);
    setTried(0);
    let [replayed, still] = [0, 0];
    let after: string | null = null;
    do {
      const called: Called<ReplaySummary> = await callDesk(
        'POST',
        `/api/v1/providers/${providerId}/replay`,
        after ? { after } : {},
      );
      if (!called.ok) {
        toast({ tone: 'problem', text: called.message });
        break;
      }
      replayed += called.answer.stored + called.answer.duplicate;
      still += called.answer.stillQuarantined;
      after = called.answer.next;
      setTried(replayed + still);
    } while (after);
    setWorking(false);
    if (replayed + still > 0)
      toast({
        text: `${replayed.toLocaleString('en-US')} replayed, ${still.toLocaleString('en-US')} still cannot be read.`,
      });
    router.refresh();
  };
  return (
    <Button disabled={working} onClick={replay}>
      {working ? `Replaying…${tried > 0 ? ` ${tried.toLocaleString('en-US')} tried` : ''}` : 'Replay all'}
    </Button>
  );
}
