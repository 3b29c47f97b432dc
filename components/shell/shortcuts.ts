'use client';

import { useEffect, useRef } from 'react';

/** `keys`: one key ("j", "?"), a sequence ("g s"), or with ⌘/Ctrl ("mod+k"). `hidden`: works, but is not listed a second time. */
export type Shortcut = { keys: string; label: string; group: string; run: () => void; hidden?: boolean };

const registered = new Set<{ current: readonly Shortcut[] }>();
const switchName = 'gatehouse-single-keys';
let pending = '';
let pendingTimer: ReturnType<typeof setTimeout> | undefined;

/** Shortcuts that work while the component is on the screen. Of two with the same keys the latest one counts. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    registered.add(latest);
    return () => void registered.delete(latest);
  }, []);
}

/** What works now, for the list behind "?". */
export function activeShortcuts(): Shortcut[] {
  const byKeys = new Map<string, Shortcut>();
  for (const { current } of registered) for (const shortcut of current) byKeys.set(shortcut.keys, shortcut);
  return [...byKeys.values()].filter(({ hidden }) => !hidden);
}

/** Single keys can be switched off (WCAG 2.1.4): speech input and stray keys then trigger nothing. */
export function singleKeysAreOn(): boolean {
  return localStorage.getItem(switchName) !== 'off';
}
export function switchSingleKeys(on: boolean): void {
  localStorage.setItem(switchName, on ? 'on' : 'off');
}

/** The one listener, mounted by the shell. Typing in a field, an open menu or dialog, and keys held with others are left alone. */
export function listenForShortcuts(): () => void {
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey || event.repeat) return;
  const isMod = event.metaKey || event.ctrlKey;
  if (!isMod && (isTyping(event.target) || !singleKeysAreOn())) return;
  if (document.querySelector('[role="dialog"][data-state="open"], [role="menu"][data-state="open"], dialog[open]'))
    return;
  const key = isMod ? `mod+${event.key.toLowerCase()}` : event.key;
  const sequence = pending ? `${pending} ${key}` : key;
  const all = [...registered].flatMap(({ current }) => current);
  const found = all.findLast(({ keys }) => keys === sequence) ?? all.findLast(({ keys }) => keys === key);
  clearTimeout(pendingTimer);
  pending = '';
  if (found) {
    event.preventDefault();
    found.run();
  } else if (all.some(({ keys }) => keys.startsWith(`${key} `))) {
    pending = key;
    pendingTimer = setTimeout(() => {
      pending = '';
    }, 1_200);
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || isTextInput(target))
  );
}

function isTextInput(target: HTMLElement): boolean {
  return target instanceof HTMLInputElement && !/^(checkbox|radio|button|submit)$/.test(target.type);
}
