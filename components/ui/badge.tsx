import clsx from 'clsx';
import type { ReactNode } from 'react';

export type Tone = 'plain' | 'accent' | 'good' | 'low' | 'medium' | 'high' | 'critical';

const tones: Record<Tone, string> = {
  plain: 'border-line text-quiet',
  accent: 'border-accent text-accent',
  good: 'border-good text-good',
  low: 'border-low text-low',
  medium: 'border-medium text-medium',
  high: 'border-high text-high',
  critical: 'border-critical text-critical',
};

/** A state in one or two words. The word says it; the tone only repeats it. */
export function Badge({ tone = 'plain', children, title }: { tone?: Tone; children: ReactNode; title?: string }) {
  return (
    <span
      title={title}
      className={clsx(
        'inline-flex items-center gap-1 whitespace-nowrap rounded-sm border px-1.5 font-medium text-xs leading-[18px]',
        tones[tone],
      )}
    >
      {children}
    </span>
  );
}
