import type { ReactNode } from 'react';

/** Nothing to show: none yet and none match are different things and say different ones. */
export function Empty({ filtered, none, children }: { filtered: boolean; none: string; children?: ReactNode }) {
  return (
    <div className="rounded-md border border-line border-dashed p-8 text-center text-quiet">
      <p>{filtered ? 'Nothing matches this filter. Take a part of it away.' : none}</p>
      {children}
    </div>
  );
}
