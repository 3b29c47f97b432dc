'use client';

import clsx from 'clsx';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

export type MenuEntry =
  | { kind: 'act'; label: ReactNode; onSelect: () => void; danger?: boolean; keys?: string; disabled?: boolean }
  | { kind: 'check'; label: ReactNode; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean }
  | { kind: 'link'; label: ReactNode; link: ReactNode }
  | { kind: 'heading'; label: ReactNode }
  | { kind: 'line' };

const item =
  'flex min-h-8 w-full items-center gap-2 rounded-sm px-2 text-left text-sm outline-none data-[highlighted]:bg-raised data-[disabled]:opacity-60 pointer-coarse:min-h-11';

/** A list of acts behind one button. `link` entries bring their own anchor, so that they open in a tab like any link. */
export function Menu({
  trigger,
  entries,
  align = 'end',
}: {
  trigger: ReactNode;
  entries: readonly MenuEntry[];
  align?: 'start' | 'end';
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align={align} sideOffset={4} collisionPadding={8} className="pop rise z-50 min-w-48 p-1">
          {entries.map((entry, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries are a fixed list that does not move
            <Entry key={at} entry={entry} />
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Entry({ entry }: { entry: MenuEntry }) {
  switch (entry.kind) {
    case 'line':
      return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
    case 'heading':
      return <DropdownMenu.Label className="px-2 py-1 text-quiet text-xs">{entry.label}</DropdownMenu.Label>;
    case 'link':
      return (
        <DropdownMenu.Item asChild className={item}>
          {entry.link}
        </DropdownMenu.Item>
      );
    case 'check':
      return (
        <DropdownMenu.CheckboxItem
          className={item}
          checked={entry.checked}
          disabled={entry.disabled ?? false}
          onCheckedChange={entry.onChange}
          onSelect={(event) => event.preventDefault()}
        >
          <span aria-hidden="true" className="w-4 text-accent">
            {entry.checked ? '✓' : ''}
          </span>
          {entry.label}
        </DropdownMenu.CheckboxItem>
      );
    case 'act':
      return (
        <DropdownMenu.Item
          className={clsx(item, entry.danger && 'text-critical')}
          disabled={entry.disabled ?? false}
          onSelect={entry.onSelect}
        >
          <span className="grow">{entry.label}</span>
          {entry.keys ? <kbd className="font-mono text-quiet text-xs">{entry.keys}</kbd> : null}
        </DropdownMenu.Item>
      );
    default:
      return entry satisfies never;
  }
}
