'use client';

import { useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';

export type Kept = { id: string; name: string; words: string; shared: boolean };

/** One's own kept searches of a list, each with the button that takes it away. `removed` is told after each. */
export function RemoveSearches({
  open,
  onOpenChange,
  searches,
  removed,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  searches: readonly Kept[];
  removed: () => Promise<void>;
}) {
  const [problem, setProblem] = useState('');
  const remove = async (id: string) => {
    const called = await callDesk('DELETE', `/api/v1/searches/${id}`);
    setProblem(called.ok ? '' : called.message);
    await removed();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Your saved searches"
      description="Of this list. One that you share goes for everybody when you remove it."
      acts={<DialogClose>Close</DialogClose>}
    >
      {searches.length === 0 ? <p className="text-quiet text-sm">You have none here.</p> : null}
      <ul className="flex flex-col gap-3">
        {searches.map(({ id, name, words, shared }) => (
          <li key={id} className="flex items-start justify-between gap-3">
            <span className="min-w-0">
              <span className="block break-words font-medium">{name}</span>
              <span className="block break-words text-quiet text-sm">
                {words}
                {shared ? ' · shared' : ''}
              </span>
            </span>
            <Button look="danger" aria-label={`Remove ${name}`} onClick={() => void remove(id)}>
              Remove
            </Button>
          </li>
        ))}
      </ul>
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
    </Dialog>
  );
}
