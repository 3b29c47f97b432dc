'use client';

import clsx from 'clsx';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect, useRef } from 'react';

/** The parts of Settings as links: each has an address of its own. */
export function SettingsTabs({ places }: { places: readonly { href: string; label: string }[] }) {
  const path = usePathname();
  const here = useRef<HTMLAnchorElement>(null);
  // On narrow screens the strip scrolls: the place one is at has to be in sight.
  useEffect(() => {
    if (path) here.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path]);
  return (
    <nav aria-label="Settings" className="mb-4 flex gap-4 overflow-x-auto border-line border-b">
      {places.map(({ href, label }) => {
        const isHere = path === href || path.startsWith(`${href}/`);
        return (
          <Link
            key={href}
            href={href}
            {...(isHere ? { 'aria-current': 'page' as const, ref: here } : {})}
            className={clsx(
              '-mb-px whitespace-nowrap border-b-2 py-2 font-medium text-sm pointer-coarse:py-3',
              isHere ? 'border-accent text-ink' : 'border-transparent text-quiet hover:text-ink',
            )}
          >
            {label}
          </Link>
        );
      })}
    </nav>
  );
}
