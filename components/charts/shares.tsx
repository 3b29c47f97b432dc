import Link from 'next/link';

/** How a whole splits, as a list with bars from zero: each share leads to its rows. */
export function Shares({ shares }: { shares: readonly { id: string; label: string; count: number; href: string }[] }) {
  const most = Math.max(1, ...shares.map(({ count }) => count));
  return (
    <ul className="text-sm">
      {shares.map(({ id, label, count, href }) => (
        <li key={id}>
          <Link
            href={href}
            prefetch={false}
            className="grid grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)_3.5rem] items-center gap-3 rounded-sm py-1 hover:bg-raised pointer-coarse:min-h-11"
          >
            <span className="truncate">{label}</span>
            <span aria-hidden="true" className="h-2 rounded-sm bg-raised">
              <span className="block h-full rounded-sm bg-accent" style={{ width: `${(count / most) * 100}%` }} />
            </span>
            <span className="text-right tabular-nums">{count.toLocaleString('en-US')}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
