'use client';

import { type RefObject, useRef } from 'react';
import { useShortcuts } from '#components/shell/shortcuts.ts';

/**
 * j and k move the focus from row to row, Enter opens the link that has it, x ticks the row. The focus is the browser's own, so
 * screen readers, the scroll position and Enter agree with what is seen.
 * @returns the ref of the table's body
 */
export function useRowKeys({
  isOn,
  opens,
  selects,
}: {
  isOn: boolean;
  opens: boolean;
  selects: boolean;
}): RefObject<HTMLTableSectionElement | null> {
  const body = useRef<HTMLTableSectionElement>(null);
  const move = (by: 1 | -1) => {
    const rows = [...(body.current?.rows ?? [])];
    const focused = rows.findIndex((row) => row.contains(document.activeElement));
    const from = focused === -1 ? rows.findIndex((row) => row.dataset.current === 'true') : focused;
    const next =
      rows[from === -1 ? (by === 1 ? 0 : rows.length - 1) : Math.min(Math.max(from + by, 0), rows.length - 1)];
    const link = [...(next?.querySelectorAll<HTMLElement>('[data-open], [data-tick]') ?? [])].find(
      (element) =>
        element.offsetParent !== null && (element.hasAttribute('data-open') || !next?.querySelector('[data-open]')),
    );
    link?.focus();
    if (opens && next?.dataset.current !== 'true') link?.click();
  };
  const list = [
    { keys: 'j', label: 'Next row', group: 'Lists', run: () => move(1) },
    { keys: 'k', label: 'Row before', group: 'Lists', run: () => move(-1) },
    ...(selects
      ? [
          {
            keys: 'x',
            label: 'Tick the row',
            group: 'Lists',
            run: () => {
              const row = document.activeElement?.closest('tr');
              if (row && body.current?.contains(row)) row.querySelector<HTMLElement>('[data-tick]')?.click();
            },
          },
        ]
      : []),
  ];
  useShortcuts(isOn ? list : []);
  return body;
}
