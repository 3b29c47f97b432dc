import type { Metadata } from 'next';
import Link from 'next/link';
import { PageHeader } from '#components/desk/page-header.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { Severity } from '#components/ui/severity.tsx';
import { readOverview } from '#lib/events/overview.ts';
import { now } from '#lib/kernel/clock.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import type { Severity as Level } from '#lib/model/signal.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Overview' };

export default async function OverviewPage() {
  const { actor } = await requireOperator('sessions:read', '/');
  const overview = await pool('desk').inTenant(actor.tenantId, (tx) => readOverview(tx, actor.tenantId));
  const since = new Date(now().getTime() - 86_400_000).toISOString();
  const figures = [
    { label: 'Live sessions', value: overview.liveSessions, href: '/sessions?state=live' },
    { label: 'Devices new in 24 h', value: overview.devicesNew24h, href: '/devices?first=-24h' },
  ];
  return (
    <>
      <PageHeader title="Overview">
        {overview.lastEventAt ? (
          <span className="text-quiet">
            last event taken in <RelativeTime at={overview.lastEventAt} />
          </span>
        ) : null}
      </PageHeader>
      {overview.lastEventAt ? null : (
        <p className="mb-4 rounded-md border border-line border-dashed p-6 text-quiet">
          No event has come in yet. Make a token with{' '}
          <code className="font-mono">npm run gatehouse -- token create NAME --scope events:write</code> and let a
          provider send to <code className="font-mono">/api/v1/ingest/okta</code>, or import a file.
        </p>
      )}
      <section aria-label="Figures" className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        {figures.map(({ label, value, href }) => (
          <Link key={label} href={href} className="rounded-md border border-line p-4 hover:bg-raised">
            <span className="block text-[13px] text-quiet">{label}</span>
            <span className="font-mono text-2xl tabular-nums">{value.toLocaleString('en-US')}</span>
          </Link>
        ))}
        <div className="rounded-md border border-line p-4">
          <span className="block text-[13px] text-quiet">Sign-ins since {since.slice(11, 16)} UTC yesterday</span>
          <span className="font-mono text-2xl tabular-nums">{overview.signIns24h.toLocaleString('en-US')}</span>
          <span className="ml-2 text-quiet">and {overview.failures24h.toLocaleString('en-US')} failed</span>
        </div>
      </section>
      <h2 className="mt-6 mb-2 font-semibold">Open signals</h2>
      {overview.openSignals.length === 0 ? (
        <p className="text-quiet">None. New ones appear here as soon as a detector finds something.</p>
      ) : null}
      <ul className="flex flex-wrap gap-3">
        {overview.openSignals.map(({ severity, count }) => (
          <li key={severity}>
            <Link
              href={`/signals?state=open,acknowledged,in_progress&severity=${severity}`}
              className="flex gap-3 rounded-md border border-line px-3 py-1.5 hover:bg-raised"
            >
              <Severity level={severity as Level} />
              <span className="font-mono tabular-nums">{count}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
