'use client';

import clsx from 'clsx';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';

/** A place in the rail. The current one is marked for eyes and for screen readers. */
export function NavLink({
  href,
  icon,
  label,
  children,
}: {
  href: string;
  icon: ReactNode;
  label: string;
  children?: ReactNode;
}) {
  const path = usePathname();
  const place = href.split('?')[0] ?? href;
  const isCurrent = place === '/' ? path === '/' : path === place || path.startsWith(`${place}/`);
  return (
    <Link
      href={href}
      prefetch={false}
      title={label}
      {...(isCurrent ? { 'aria-current': path === place ? ('page' as const) : ('true' as const) } : {})}
      className={clsx(
        'flex min-h-8 items-center gap-2.5 rounded-md px-2.5 text-sm pointer-coarse:min-h-11',
        isCurrent ? 'bg-tint font-medium text-accent' : 'text-quiet hover:bg-raised hover:text-ink',
      )}
    >
      <span className="shrink-0">{icon}</span>
      <span className="rail-words grow">{label}</span>
      {/* The count follows the word, so that it is read as part of the link. */}
      <span className="rail-words text-xs tabular-nums">{children}</span>
    </Link>
  );
}
