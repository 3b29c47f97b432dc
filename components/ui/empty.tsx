import type { ReactNode } from 'react';

/** Nothing yet: what will appear here, and the one act that leads to it. */
export function Empty({ title, children, act }: { title: string; children?: ReactNode; act?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-md border border-line border-dashed px-6 py-12 text-center">
      <p className="font-medium">{title}</p>
      {children ? <div className="max-w-md text-quiet text-sm">{children}</div> : null}
      {act}
    </div>
  );
}

/** It could not be loaded: what happened, what was not affected, what to do next. */
export function Failed({ what, again }: { what: string; again?: ReactNode }) {
  return (
    <div
      role="alert"
      className="flex flex-col items-center gap-2 rounded-md border border-critical px-6 py-10 text-center"
    >
      <p className="font-medium">{what} could not be loaded</p>
      <p className="max-w-md text-quiet text-sm">
        The desk could not read its database in time. Nothing was changed, and what came in is kept. Try again in a
        moment.
      </p>
      {again}
    </div>
  );
}

/** It is being loaded: the shape of what comes, quiet. */
export function Loading({ rows = 8 }: { rows?: number }) {
  return (
    <div aria-hidden="true" className="flex flex-col gap-px">
      {Array.from({ length: rows }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of nothing have no other name
        <div key={at} className="flex h-8 items-center border-line border-b">
          <div className="h-2.5 rounded-sm bg-raised" style={{ width: `${40 + ((at * 17) % 45)}%` }} />
        </div>
      ))}
    </div>
  );
}
