import type { ReactNode } from 'react';

/** One large figure with its words; what matters most on a page. */
export function Figure({ label, value, note }: { label: string; value: ReactNode; note?: ReactNode }) {
  return (
    <div className="min-w-0">
      <p className="text-quiet text-sm">{label}</p>
      <p className="font-semibold text-2xl tabular-nums">{value}</p>
      {note ? <p className="text-quiet text-xs">{note}</p> : null}
    </div>
  );
}
