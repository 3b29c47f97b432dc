'use client';

import { X } from 'lucide-react';
import Link from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import type { ReactNode } from 'react';
import { openParameter } from '#components/desk/open-parameter.ts';
import { useShortcuts } from '#components/shell/shortcuts.ts';

/** The address of this list with a row open beside it, or with none. The filter stays. */
export function useOpenHref(): (id: string | null) => string {
  const path = usePathname();
  const params = useSearchParams();
  return (id) => {
    const next = new URLSearchParams(params);
    if (id) next.set(openParameter, id);
    else next.delete(openParameter);
    return next.size > 0 ? `${path}?${next}` : path;
  };
}

/** A list, and the details of one of its rows beside it (below it on narrow screens). */
export function BesideList({ list, panel }: { list: ReactNode; panel: ReactNode | null }) {
  return panel ? (
    <div className="flex flex-col gap-6 xl:grid xl:grid-cols-[minmax(0,1fr)_26rem] xl:gap-0">
      <div className="min-w-0 max-xl:order-2 xl:pr-4">{list}</div>
      <div className="min-w-0 max-xl:order-1 xl:sticky xl:top-16 xl:max-h-[calc(100dvh-80px)] xl:self-start xl:overflow-y-auto xl:border-line xl:border-l xl:pl-5">
        {panel}
      </div>
    </div>
  ) : (
    list
  );
}

/** The details of one row: its title, a way to close it (Escape works too), what is known. */
export function SidePanel({ title, children }: { title: ReactNode; children: ReactNode }) {
  const href = useOpenHref();
  useShortcuts([
    {
      keys: 'Escape',
      label: 'Close the details',
      group: 'Lists',
      run: () => document.querySelector<HTMLElement>('[data-close-panel]')?.click(),
    },
  ]);
  return (
    <article className="flex flex-col gap-5">
      <header className="flex items-start justify-between gap-3">
        <h2 className="min-w-0 break-words font-semibold text-lg">{title}</h2>
        <Link
          href={href(null)}
          scroll={false}
          data-close-panel
          aria-label="Close the details"
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-quiet hover:bg-raised hover:text-ink pointer-coarse:size-11"
        >
          <X size={16} aria-hidden="true" />
        </Link>
      </header>
      {children}
    </article>
  );
}
