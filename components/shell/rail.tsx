'use client';

import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { keepPreference } from '#components/shell/preferences.ts';

/** The left rail and what stands beside it. Collapsed it keeps its icons; the choice is remembered. */
export function Rail({
  tenant,
  initiallyCollapsed,
  places,
  children,
}: {
  tenant: string;
  initiallyCollapsed: boolean;
  places: ReactNode;
  children: ReactNode;
}) {
  const [collapsed, setCollapsed] = useState(initiallyCollapsed);
  const Icon = collapsed ? PanelLeftOpen : PanelLeftClose;
  return (
    <div className="desk min-h-dvh" data-rail={collapsed ? 'collapsed' : 'open'}>
      <div className="border-line border-r bg-rail max-md:hidden">
        <div className="sticky top-0 flex h-dvh flex-col gap-3 overflow-y-auto px-2 pb-2">
          <Link href="/" className="flex h-12 shrink-0 items-center gap-2.5 px-2" aria-label={`Gatehouse, ${tenant}`}>
            <Mark />
            <span className="rail-words min-w-0">
              <span className="block font-semibold leading-4">Gatehouse</span>
              <span className="block truncate text-quiet text-xs">{tenant}</span>
            </span>
          </Link>
          {places}
          <button
            type="button"
            aria-pressed={collapsed}
            onClick={() => {
              keepPreference('gatehouse-rail', collapsed ? 'open' : 'collapsed');
              setCollapsed(!collapsed);
            }}
            className="mt-auto flex min-h-8 items-center gap-2.5 rounded-md px-2.5 text-quiet text-sm hover:bg-raised hover:text-ink pointer-coarse:min-h-11"
          >
            <Icon size={16} aria-hidden="true" className="shrink-0" />
            <span className="rail-words">Collapse</span>
          </button>
        </div>
      </div>
      <div className="min-w-0">{children}</div>
    </div>
  );
}

/** The mark of the product: a gate, half open. */
export function Mark() {
  return (
    <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true" className="shrink-0 text-accent">
      <path d="M2 16V7a7 7 0 0 1 14 0v9" fill="none" stroke="currentColor" strokeWidth="2" />
      <path d="M6 16V8m3 8V7m3 9V8" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M1 16h16" stroke="currentColor" strokeWidth="2" />
    </svg>
  );
}
