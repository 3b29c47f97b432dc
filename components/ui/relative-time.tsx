'use client';

import { exactTime } from '#components/ui/exact-time.ts';
import { useNow } from '#components/ui/now.tsx';

/** A moment in words ("4 min ago"), the exact one (UTC) on hover and for machines. */
export function RelativeTime({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)} className="whitespace-nowrap tabular-nums">
      {agoWords(useNow() - Date.parse(at))}
    </time>
  );
}

/** A span in the largest unit that says enough; negative spans are ahead of now. */
export function agoWords(agoMs: number): string {
  const seconds = Math.round(Math.abs(agoMs) / 1000);
  // What happened since the page's own now last moved on (it does every 20 s) is a little ahead of it.
  if (seconds < 45) return agoMs > -25_000 ? 'just now' : 'in a moment';
  const [amount, unit] =
    seconds < 5_400
      ? [Math.round(seconds / 60), 'min']
      : seconds < 129_600
        ? [Math.round(seconds / 3_600), 'h']
        : seconds < 63_115_200
          ? [Math.round(seconds / 86_400), 'd']
          : [Math.round(seconds / 31_557_600), 'y'];
  return agoMs >= 0 ? `${amount} ${unit} ago` : `in ${amount} ${unit}`;
}
