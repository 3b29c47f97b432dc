import type { ReactNode } from 'react';

/** One header line a page: title, what is counted, the page's act at the right. */
export function PageHeader({ title, counted, children }: { title: string; counted?: string; children?: ReactNode }) {
  return (
    <header className="mb-4 flex flex-wrap items-baseline gap-x-4 gap-y-2">
      <h1 className="font-semibold text-xl">{title}</h1>
      {counted ? <span className="text-quiet">{counted}</span> : null}
      <div className="ml-auto">{children}</div>
    </header>
  );
}
