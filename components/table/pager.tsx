'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import { buttonClass } from '#components/ui/button.tsx';

/** Keyset pages: newer and older keep the filter; the total is exact up to its cap and says so beyond it. */
export function Pager({
  page,
  noun,
  path: listPath,
}: {
  page: {
    rows: readonly unknown[];
    next: string | null;
    previous: string | null;
    total: number;
    totalIsCapped: boolean;
  };
  noun: { one: string; many: string };
  path?: string | undefined;
}) {
  const here = usePathname();
  const path = listPath ?? here;
  const params = useSearchParams();
  const href = (cursor: string) => {
    const next = new URLSearchParams(params);
    next.set('cursor', cursor);
    return `${path}?${next}`;
  };
  const total = `${page.totalIsCapped ? 'more than ' : ''}${page.total.toLocaleString('en-US')}`;
  return (
    <nav aria-label="Pages" className="flex items-center gap-2 text-quiet text-sm">
      <span className="tabular-nums">
        {page.rows.length === page.total
          ? `${total} ${page.total === 1 ? noun.one : noun.many}`
          : `${page.rows.length.toLocaleString('en-US')} of ${total} ${noun.many}`}
      </span>
      {page.previous ? (
        <Link className={buttonClass('quiet')} href={href(page.previous)}>
          <ChevronLeft size={14} aria-hidden="true" />
          Newer
        </Link>
      ) : null}
      {page.next ? (
        <Link className={buttonClass('quiet')} href={href(page.next)}>
          Older
          <ChevronRight size={14} aria-hidden="true" />
        </Link>
      ) : null}
    </nav>
  );
}
