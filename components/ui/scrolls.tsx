import clsx from 'clsx';
import type { ReactNode } from 'react';

/** A part that scrolls by itself: named, and reachable by keyboard so that arrows can move it. */
export function Scrolls({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus (WCAG 2.1.1)
    <section aria-label={label} tabIndex={0} className={clsx('overflow-auto', className)}>
      {children}
    </section>
  );
}
