import type { ReactNode } from 'react';

/** One header line a page: title, what is counted, the page's one primary act at the right. */
export function PageHeader({ title, counted, children }: { title: string; counted?: ReactNode; children?: ReactNode }) {
  return (
    <header className="mb-4 flex min-h-8 flex-wrap items-center gap-x-4 gap-y-2">
      <h1 className="font-semibold text-xl">{title}</h1>
      {counted ? <div className="text-quiet text-sm">{counted}</div> : null}
      {children ? <div className="ml-auto flex flex-wrap items-center gap-2">{children}</div> : null}
    </header>
  );
}
