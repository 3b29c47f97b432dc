'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef } from 'react';
import { deskFetch } from '#components/desk/desk-fetch.ts';

/** Reads the page anew when its proposal has changed. It asks in the background, which keeps no session alive. */
export function Reread({ proposalId, everySeconds }: { proposalId: string; everySeconds: number }) {
  const router = useRouter();
  const before = useRef('');
  useEffect(() => {
    const again = setInterval(async () => {
      const answer = await deskFetch(`/api/v1/proposals/${proposalId}`).catch(() => null);
      if (!answer?.ok) return;
      const { state, targets, frozenAt, signatures, runId } = (await answer.json()) as Record<string, unknown>;
      const now = JSON.stringify([state, targets, frozenAt, signatures, runId]);
      if (before.current && before.current !== now) router.refresh();
      before.current = now;
    }, everySeconds * 1_000);
    return () => clearInterval(again);
  }, [router, proposalId, everySeconds]);
  return null;
}
