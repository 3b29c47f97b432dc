import type { Metadata } from 'next';
import Link from 'next/link';
import { NeedsAPerson } from '#app/(desk)/overview/needs-a-person.tsx';
import { ProviderTable } from '#app/(desk)/overview/provider-table.tsx';
import { Shares } from '#components/charts/shares.tsx';
import { SignInsChart } from '#components/charts/sign-ins-chart.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Section } from '#components/desk/section.tsx';
import { NewData } from '#components/table/new-rows.tsx';
import { Empty, Failed } from '#components/ui/empty.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { type Overview, readOverview } from '#lib/events/overview.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { log } from '#lib/kernel/log.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Overview' };
const figure = (value: number) => value.toLocaleString('en-US');

export default async function OverviewPage() {
  const { actor } = await requireOperator(null, '/');
  if (!actor.permissions.has('sessions:read')) return <NothingToWatch />;
  const overview = await readingAs(actor)
    .inTenant(actor.tenantId, (tx) => readOverview(tx, actor.tenantId))
    .catch((error: unknown) => {
      log.error({ err: error }, 'the overview could not be read');
      return null;
    });
  return (
    <>
      <PageHeader
        title="Overview"
        counted={
          overview?.lastEventAt ? (
            <>
              last event taken in <RelativeTime at={overview.lastEventAt} />
            </>
          ) : null
        }
      >
        <NewData topics={['events', 'signals']} />
      </PageHeader>
      {overview ? (
        <Figures overview={overview} maySeeSignals={actor.permissions.has('signals:read')} />
      ) : (
        <Failed what="The overview" />
      )}
    </>
  );
}

function NothingToWatch() {
  return (
    <>
      <PageHeader title="Overview" />
      <Empty title="Your roles have nothing to watch here">
        The figures of this page are for those who may see sessions. What you may open stands in the menu.
      </Empty>
    </>
  );
}

function Figures({ overview, maySeeSignals }: { overview: Overview; maySeeSignals: boolean }) {
  if (!overview.lastEventAt) {
    return (
      <Empty title="No event has come in yet">
        Make a token with <code className="font-mono">npm run gatehouse -- token create NAME --scope events:write</code>{' '}
        and let a provider send to <code className="font-mono">/api/v1/ingest/okta</code>, or import a file with{' '}
        <code className="font-mono">npm run gatehouse -- import FILE --provider okta</code>.
      </Empty>
    );
  }
  const peak = overview.hours.reduce((a, b) => (b.failed > a.failed ? b : a));
  const sentence =
    `${figure(overview.signIns24h)} sign-ins succeeded and ${figure(overview.failures24h)} failed in the last 24 hours. ` +
    (peak.failed > 0
      ? `Most failures in one hour: ${figure(peak.failed)}, on ${peak.at.slice(5, 10)} at ${peak.at.slice(11, 16)} UTC.`
      : 'No failure in three days.');
  return (
    <div className="flex flex-col gap-8">
      {maySeeSignals ? <NeedsAPerson overview={overview} /> : null}
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border border-line bg-line lg:grid-cols-4">
        <Figure label="Live sessions" value={overview.liveSessions} href="/sessions?state=live" />
        <Figure
          label="Sign-ins in 24 h"
          value={overview.signIns24h}
          href="/events?type=sign_in&outcome=success&from=-24h"
        />
        <Figure
          label="Failed in 24 h"
          value={overview.failures24h}
          href="/events?type=sign_in&outcome=failure&from=-24h"
        />
        <Figure label="Devices new in 24 h" value={overview.devicesNew24h} href="/devices?first=-24h" />
      </dl>
      <Section title="Sign-ins an hour, three days">
        <SignInsChart hours={overview.hours} sentence={sentence} />
      </Section>
      <div className="grid gap-8 lg:grid-cols-2">
        <Section title="Live sessions by provider">
          <Shares
            shares={overview.liveSessionsByProvider.map(({ provider, name, count }) => ({
              id: provider,
              label: safeText(name),
              count,
              href: `/sessions?provider=${provider}&state=live`,
            }))}
          />
        </Section>
        <Section title="Live sessions by country">
          <Shares
            shares={overview.liveSessionsByCountry.map(({ country, count }) => ({
              id: country ?? 'unknown',
              label: country ? countryName(country) : 'Unknown place',
              count,
              href: country ? `/sessions?country=${country}&state=live` : '/sessions?state=live',
            }))}
          />
        </Section>
      </div>
      <Section title="What the providers send">
        <ProviderTable providers={overview.providers} />
      </Section>
    </div>
  );
}

function Figure({ label, value, href }: { label: string; value: number; href: string }) {
  return (
    <div className="relative bg-paper p-4 hover:bg-raised">
      <dt className="text-quiet text-sm">{label}</dt>
      <dd className="font-medium text-2xl tabular-nums">
        <Link href={href} prefetch={false} className="after:absolute after:inset-0">
          {figure(value)}
        </Link>
      </dd>
    </div>
  );
}

function countryName(code: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}
