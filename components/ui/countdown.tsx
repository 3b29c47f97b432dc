'use client';

import { useEffect, useState } from 'react';
import { exactTime } from '#components/ui/exact-time.ts';
import { useNow } from '#components/ui/now.tsx';
import { durationWords } from '#lib/model/duration.ts';

/** The time left until a moment, by the second in the last hour; `over` once it has come. The exact moment is on hover. */
export function Countdown({ until, over }: { until: string; over: string }) {
  const base = useNow();
  const [passed, setPassed] = useState({ base, ms: 0 });
  const ms = passed.base === base ? passed.ms : 0;
  const left = Math.ceil((Date.parse(until) - base - ms) / 1000);
  const close = left > 0 && left < 3_600;
  useEffect(() => {
    if (!close) return;
    const from = Date.now();
    const tick = setInterval(() => setPassed({ base, ms: Date.now() - from }), 1_000);
    return () => clearInterval(tick);
  }, [base, close]);
  return (
    <time dateTime={until} title={exactTime(until)} className="whitespace-nowrap tabular-nums">
      {left > 0 ? durationWords(left) : over}
    </time>
  );
}
