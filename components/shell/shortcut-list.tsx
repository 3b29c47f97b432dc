'use client';

import { useEffect, useState } from 'react';
import { activeShortcuts, type Shortcut, singleKeysAreOn, switchSingleKeys } from '#components/shell/shortcuts.ts';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { Checkbox } from '#components/ui/field.tsx';
import { Keys } from '#components/ui/keys.tsx';

/** What the keys do on this page, and the switch that turns single keys off. */
export function ShortcutList({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [shortcuts, setShortcuts] = useState<Shortcut[]>([]);
  const [isOn, setOn] = useState(true);
  useEffect(() => {
    if (!open) return;
    setShortcuts(activeShortcuts());
    setOn(singleKeysAreOn());
  }, [open]);
  const groups = [...Map.groupBy(shortcuts, ({ group }) => group)];
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Keyboard shortcuts"
      wide
      acts={<DialogClose>Close</DialogClose>}
    >
      <div className="columns-1 gap-8 sm:columns-2">
        {groups.map(([group, members]) => (
          <section key={group} className="mb-4 break-inside-avoid">
            <h3 className="mb-1 font-medium text-quiet text-xs">{group}</h3>
            <dl>
              {members.map(({ keys, label }) => (
                <div key={keys} className="flex justify-between gap-4 border-line border-b py-1 text-sm">
                  <dt>{label}</dt>
                  <dd>
                    <Keys keys={keys.replace('mod+k', '⌘K').replace('mod+', '⌘')} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Checkbox
        label="Single keys work"
        hint="Off: only ⌘ and Ctrl combinations do. For speech input, or a desk with a cat."
        checked={isOn}
        onChange={(event) => {
          switchSingleKeys(event.target.checked);
          setOn(event.target.checked);
        }}
      />
    </Dialog>
  );
}
