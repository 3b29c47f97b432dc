import Link from 'next/link';

/** Keyset pages: previous and next keep the filter; the total is exact up to its cap and says so beyond it. */
export function Pages(props: {
  path: string;
  query: Record<string, string>;
  previous: string | null;
  next: string | null;
  shown: number;
  total: number;
  totalIsCapped: boolean;
}) {
  const href = (cursor: string) => `${props.path}?${new URLSearchParams({ ...props.query, cursor })}`;
  const total = `${props.totalIsCapped ? 'more than ' : ''}${props.total.toLocaleString('en-US')}`;
  return (
    <nav aria-label="Pages" className="mt-3 flex items-center gap-4 text-[13px] text-quiet">
      <span>
        {props.shown.toLocaleString('en-US')} of {total}
      </span>
      {props.previous ? (
        <Link className="text-accent underline" href={href(props.previous)}>
          Newer
        </Link>
      ) : null}
      {props.next ? (
        <Link className="text-accent underline" href={href(props.next)}>
          Older
        </Link>
      ) : null}
    </nav>
  );
}
