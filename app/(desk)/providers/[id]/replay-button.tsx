'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { Button } from '#components/ui/button.tsx';
import { toast } from '#components/ui/toast.tsx';
import type { ReplaySummary } from '#lib/events/sources/replay-quarantine.ts';

/** Reads everything of this provider's quarantine again. */
export function ReplayButton({ providerId }: { providerId: string }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const replay = async () => {
    setWorking(true);
    const called = await callDesk<ReplaySummary>('POST', `/api/v1/providers/${providerId}/replay`);
    setWorking(false);
    if (!called.ok) return toast({ tone: 'problem', text: called.message });
    const { stored, duplicate, stillQuarantined, more } = called.answer;
    toast({
      text: `${stored + duplicate} replayed, ${stillQuarantined} still cannot be read.${more ? ' More are waiting: replay again.' : ''}`,
    });
    router.refresh();
  };
  return (
    <Button disabled={working} onClick={replay}>
      {working ? 'Replaying…' : 'Replay all'}
    </Button>
  );
}
