'use client';

import { Tabs as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';

/** Parts of one page. For parts with an address of their own use links instead. */
export function Tabs({
  label,
  tabs,
  initial,
}: {
  label: string;
  tabs: readonly { id: string; label: ReactNode; content: ReactNode }[];
  initial?: string;
}) {
  return (
    <Primitive.Root defaultValue={initial ?? tabs[0]?.id ?? ''}>
      <Primitive.List aria-label={label} className="flex gap-4 overflow-x-auto border-line border-b">
        {tabs.map((tab) => (
          <Primitive.Trigger
            key={tab.id}
            value={tab.id}
            className="-mb-px border-transparent border-b-2 py-2 font-medium text-quiet text-sm hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink pointer-coarse:min-h-11"
          >
            {tab.label}
          </Primitive.Trigger>
        ))}
      </Primitive.List>
      {tabs.map((tab) => (
        <Primitive.Content key={tab.id} value={tab.id} className="pt-4">
          {tab.content}
        </Primitive.Content>
      ))}
    </Primitive.Root>
  );
}
