'use client';

import Link from 'next/link';
import { ShortcutLink } from '#components/shell/shortcut-link.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { type Filter, filterToParams } from '#lib/model/filter.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';

/**
 * From the list to the scope of a revocation: everything the filter matches, or the rows that are ticked. Both lead to the first of
 * four addresses (scope, rehearsal, sign, progress); nothing is done from here.
 */
export function RevokeMatching({ filter }: { filter: Filter }) {
  const params = new URLSearchParams(filterToParams(filter, sessionFilter));
  return (
    <ShortcutLink
      href={`/revocations/new${params.size > 0 ? `?${params}` : ''}`}
      keys="R"
      label="Revoke what matches"
      group="Contain"
    >
      Revoke what matches…
    </ShortcutLink>
  );
}

/** From events to the sessions in which they happened: the same first address, with the filter of the events. */
export function RevokeByEvents({ filter }: { filter: Filter }) {
  const params = new URLSearchParams({ of: 'events', ...filterToParams(filter, eventFilter) });
  return (
    <ShortcutLink
      href={`/revocations/new?${params}`}
      keys="R"
      label="Revoke the sessions of what matches"
      group="Contain"
    >
      Revoke their sessions…
    </ShortcutLink>
  );
}

export function RevokeTicked({ ids }: { ids: readonly string[] }) {
  const href = `/revocations/new?sessions=${[...ids].sort().join(',')}`;
  return (
    <Link href={href} prefetch={false} className={buttonClass('danger')}>
      Revoke {ids.length.toLocaleString('en-US')} {ids.length === 1 ? 'session' : 'sessions'}…
    </Link>
  );
}
