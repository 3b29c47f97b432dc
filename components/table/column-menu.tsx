'use client';

import { Columns3 } from 'lucide-react';
import { Button } from '#components/ui/button.tsx';
import { Menu } from '#components/ui/menu.tsx';

/** Which columns a list shows. The first one, the thing itself, always stays. */
export function ColumnMenu({
  columns,
  isShown,
  show,
}: {
  columns: readonly { id: string; label: string }[];
  isShown: (id: string) => boolean;
  show: (id: string, shown: boolean) => void;
}) {
  return (
    <Menu
      trigger={
        <Button look="quiet" className="max-md:hidden">
          <Columns3 size={14} aria-hidden="true" />
          Columns
        </Button>
      }
      entries={columns.map(({ id, label }) => ({
        kind: 'check' as const,
        label,
        checked: isShown(id),
        onChange: (shown: boolean) => show(id, shown),
      }))}
    />
  );
}
