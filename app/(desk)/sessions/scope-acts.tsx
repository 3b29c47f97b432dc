'use client';

import Link from 'next/link';
import { ShortcutLink } from '#components/shell/shortcut-link.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { type Filter, filterToParams } from '#lib/model/filter.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import { scopeAddress } from '#lib/model/revocation-scope.ts';

/**
 * From the list to the scope of a revocation: everything the filter matches, or the rows that are ticked. Both lead to the first of
 * four addresses (scope, rehearsal, sign, progress); nothing is done from here.
 */
export function RevokeMatching({ filter }: { filter: Filter }) {
  return (
    <ShortcutLink
      href={scopeAddress({ by: 'filter', filter: filterToParams(filter, sessionFilter) })}
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
  return (
    <ShortcutLink
      href={scopeAddress({ by: 'events', filter: filterToParams(filter, eventFilter) })}
      keys="R"
      label="Revoke the sessions of what matches"
      group="Contain"
    >
      Revoke their sessions…
    </ShortcutLink>
  );
}

export function RevokeTicked({ ids }: { ids: readonly string[] }) {
  const href = scopeAddress({ by: 'sessions', sessions: [...ids] });
  return (
    <Link href={href} prefetch={false} className={buttonClass('danger')}>
      Revoke {ids.length.toLocaleString('en-US')} {ids.length === 1 ? 'session' : 'sessions'}…
    </Link>
  );
}
