import type { Severity as Level } from '#lib/model/signal.ts';

export const severityLooks: Record<Level, { shape: string; colour: string }> = {
  info: { shape: '○', colour: 'text-info' },
  low: { shape: '◇', colour: 'text-low' },
  medium: { shape: '■', colour: 'text-medium' },
  high: { shape: '▲', colour: 'text-high' },
  critical: { shape: '⬟', colour: 'text-critical' },
};

/** Severity as shape and word; colour only repeats them. */
export function Severity({ level }: { level: Level }) {
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap font-medium ${severityLooks[level].colour}`}>
      <span aria-hidden="true">{severityLooks[level].shape}</span>
      {level}
    </span>
  );
}
