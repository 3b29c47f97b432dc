import Link from 'next/link';

/** How many sign-ins of a person or on a device succeeded or failed, and the way to those events. */
export function SignInCount({
  of,
  outcome,
  count,
}: {
  of: { person: string } | { device: string };
  outcome: 'success' | 'failure';
  count: number;
}) {
  if (count === 0) return '0';
  const params = new URLSearchParams({ ...of, type: 'sign_in', outcome });
  return (
    <Link className="text-accent underline" prefetch={false} href={`/events?${params}`}>
      {count.toLocaleString('en-US')}
    </Link>
  );
}
