import clsx from 'clsx';
import type { ReactNode } from 'react';

/** What is known of one thing, as terms and their values. What is not known says so; it is not left out. */
export function Facts({
  facts,
  className,
}: {
  facts: readonly { label: string; value: ReactNode }[];
  className?: string;
}) {
  return (
    <dl className={clsx('grid grid-cols-[minmax(6rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm', className)}>
      {facts.map(({ label, value }) => (
        <div key={label} className="contents">
          <dt className="text-quiet">{label}</dt>
          <dd className="min-w-0 break-words">{value ?? <span className="text-quiet">unknown</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
