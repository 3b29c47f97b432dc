import clsx from 'clsx';
import Link from 'next/link';
import type { Actor } from '#lib/kernel/actor.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { openSignalStates } from '#lib/model/signal.ts';
import { countSignalViews } from '#lib/signals/list-signals.ts';

const isOpen = `state=${[...openSignalStates].sort().join('%2C')}`;
/** The usual views of the queue: a name, its count, and the address of exactly those rows. */
const views = [
  { count: 'open', label: 'Open', query: isOpen },
  { count: 'mine', label: 'Mine', query: `assignee=me&${isOpen}` },
  { count: 'stale', label: 'Untouched for 24 h', query: `state=open&to=-24h` },
] as const;

/** Open 14 · Mine 3 · Untouched for 24 h 5 · All. Each leads to the rows it counts. */
export async function SignalViews({ actor, current }: { actor: Actor; current: string }) {
  const counts = await readingAs(actor).inTenant(actor.tenantId, (tx) => countSignalViews(tx, actor));
  return (
    <nav aria-label="Views" className="flex flex-wrap gap-1">
      {views.map(({ count, label, query }) => (
        <View key={count} href={`/signals?${query}`} isCurrent={current === query}>
          {label} <span className="tabular-nums">{counts[count].toLocaleString('en-US')}</span>
        </View>
      ))}
      <View href="/signals" isCurrent={current === ''}>
        All
      </View>
    </nav>
  );
}

function View({ href, isCurrent, children }: { href: string; isCurrent: boolean; children: React.ReactNode }) {
  return (
    <Link
      href={href}
      {...(isCurrent ? { 'aria-current': 'true' as const } : {})}
      className={clsx(
        'inline-flex min-h-7 items-center gap-1.5 rounded-md px-2 text-sm pointer-coarse:min-h-11',
        isCurrent ? 'bg-tint font-medium text-accent' : 'text-quiet hover:bg-raised hover:text-ink',
      )}
    >
      {children}
    </Link>
  );
}
