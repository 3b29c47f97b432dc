'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import type { RunProgress } from '#lib/execution/read-run.ts';

/** The run as it stands, live: from the page first, then from its stream, which the browser takes up again by itself. */
export function useProgress(initial: RunProgress): { run: RunProgress; live: boolean; perSecond: number | null } {
  const router = useRouter();
  const [run, setRun] = useState(initial);
  const [live, setLive] = useState(false);
  const [readings, setReadings] = useState<{ at: number; ended: number }[]>([]);
  const { id, finishedAt } = run;
  const over = finishedAt !== null;
  useEffect(() => {
    setRun(initial);
  }, [initial]);
  useEffect(() => {
    if (over) return;
    const source = new EventSource(`/api/v1/runs/${id}/stream`);
    source.addEventListener('open', () => setLive(true));
    source.addEventListener('error', () => setLive(false));
    source.addEventListener('progress', (event) => {
      const next = JSON.parse((event as MessageEvent<string>).data) as RunProgress;
      setRun(next);
      setReadings((before) => [...before.slice(-15), { at: Date.parse(next.at), ended: endedOf(next) }]);
      if (next.finishedAt) {
        source.close();
        setLive(false);
        router.refresh();
      }
    });
    return () => source.close();
  }, [id, over, router]);
  const [first, last] = [readings[0], readings.at(-1)];
  const recent =
    first && last && last.at - first.at > 2_000 ? ((last.ended - first.ended) * 1_000) / (last.at - first.at) : null;
  return { run, live, perSecond: recent && recent > 0 ? recent : run.perSecond };
}

export function endedOf({ states }: Pick<RunProgress, 'states'>): number {
  return (states.verified ?? 0) + (states.failed ?? 0) + (states.skipped ?? 0);
}
