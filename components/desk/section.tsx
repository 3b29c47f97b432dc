import { type ReactNode, useId } from 'react';

/** A part of a page under its own heading. */
export function Section({ title, children, act }: { title: string; children: ReactNode; act?: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0">
      <div className="mb-2 flex items-baseline justify-between gap-4">
        <h3 id={id} className="font-semibold text-sm">
          {title}
        </h3>
        {act}
      </div>
      {children}
    </section>
  );
}
