'use client';

import type { ReactNode } from 'react';
import { Copyable } from '#components/ui/copyable.tsx';

/** A secret that is shown this once: what it is, how to keep it, and that it will not be shown again. */
export function ShownOnce({ what, secret, children }: { what: string; secret: string; children: ReactNode }) {
  return (
    <section aria-label={what} className="flex flex-col gap-2 rounded-md border border-accent p-4">
      <p className="font-medium">{what}</p>
      <Copyable text={secret} what={what.toLowerCase()} />
      <p className="text-quiet text-sm">{children}</p>
    </section>
  );
}
