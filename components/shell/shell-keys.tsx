'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { Palette } from '#components/shell/palette.tsx';
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
  const [palette, setPalette] = useState(false);
  useEffect(listenForShortcuts, []);
  useEffect(() => {
    const showList = () => setList(true);
    const showPalette = () => setPalette(true);
    opened.addEventListener('shortcuts', showList);
    opened.addEventListener('palette', showPalette);
    return () => {
      opened.removeEventListener('shortcuts', showList);
      opened.removeEventListener('palette', showPalette);
    };
  }, []);
  useShortcuts([
    { keys: 'mod+k', label: 'Search the desk', group: 'Everywhere', run: () => setPalette(true) },
    { keys: '?', label: 'Show the shortcuts', group: 'Everywhere', run: () => setList(true) },
    ...places.flatMap(({ href, label, keys }) =>
      keys ? [{ keys, label: `Go to ${label}`, group: 'Go to', run: () => router.push(href) }] : [],
    ),
  ]);
  return (
    <>
      <ShortcutList open={list} onOpenChange={setList} />
      <Palette open={palette} onOpenChange={setPalette} places={places} />
    </>
  );
}
