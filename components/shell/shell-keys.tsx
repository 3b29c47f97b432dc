'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { ShortcutList } from '#components/shell/shortcut-list.tsx';
import { listenForShortcuts, useShortcuts } from '#components/shell/shortcuts.ts';

export type ShellPlace = { href: string; label: string; keys: string | null };

const opened = new EventTarget();

/** Opens the search over the whole desk (⌘K). */
export function openPalette(): void {
  opened.dispatchEvent(new Event('palette'));
}
/** Opens the list of what the keys do (?). */
export function openShortcuts(): void {
  opened.dispatchEvent(new Event('shortcuts'));
}

/** The keys that work everywhere: ? and ⌘K, and g with a letter to go to a place. */
export function ShellKeys({ places }: { places: readonly ShellPlace[] }) {
  const router = useRouter();
  const [list, setList] = useState(false);
  useEffect(listenForShortcuts, []);
  useEffect(() => {
    const show = () => setList(true);
    opened.addEventListener('shortcuts', show);
    return () => opened.removeEventListener('shortcuts', show);
  }, []);
  useShortcuts([
    { keys: '?', label: 'Show the shortcuts', group: 'Everywhere', run: () => setList(true) },
    ...places.flatMap(({ href, label, keys }) =>
      keys ? [{ keys, label: `Go to ${label}`, group: 'Go to', run: () => router.push(href) }] : [],
    ),
  ]);
  return <ShortcutList open={list} onOpenChange={setList} />;
}
