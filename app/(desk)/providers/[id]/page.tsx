import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { ConnectionSection } from '#app/(desk)/providers/[id]/connection-section.tsx';
import { HookSection } from '#app/(desk)/providers/[id]/hook-section.tsx';
import { PullSection } from '#app/(desk)/providers/[id]/pull-section.tsx';
import { ReplayButton } from '#app/(desk)/providers/[id]/replay-button.tsx';
import { StreamSection } from '#app/(desk)/providers/[id]/stream-section.tsx';
import { TestButton } from '#app/(desk)/providers/[id]/test-button.tsx';
import { MinuteBars } from '#components/desk/minute-bars.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { ProviderStateBadge } from '#components/desk/provider-state.tsx';
import { Section } from '#components/desk/section.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { type ProviderDetail, readProviderDetail } from '#lib/events/sources/provider-detail.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { now } from '#lib/kernel/clock.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { durationWords } from '#lib/model/duration.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Provider' };

export default async function ProviderPage({ params }: PageProps<'/providers/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('providers:read', `/providers/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const provider = await readingAs(actor)
    .inTenant(actor.tenantId, (tx) => readProviderDetail(tx, actor.tenantId, id))
    .catch((error: unknown) =>
      error instanceof Refusal && error.code === 'not_found' ? notFound() : Promise.reject(error),
    );
  const mayManage = actor.permissions.has('providers:manage');
  return (
    <>
      <PageHeader
        title={safeText(provider.name)}
        counted={
          <>
            {provider.kindName} <ProviderStateBadge state={provider.state} />
          </>
        }
      >
        {mayManage && provider.takesRecords ? <TestButton providerId={id} /> : null}
      </PageHeader>
      <div className="grid gap-x-10 gap-y-8 lg:grid-cols-2">
        <Section title="How it stands">
          <Numbers provider={provider} />
        </Section>
        <Section title="What came in the last hour">
          <MinuteBars minutes={provider.minutes} now={now().toISOString()} />
          <p className="mt-1 text-quiet text-sm">
            <Link href={eventsOf(provider, { received: '-10min' })} className="text-accent underline">
              {provider.perMinute.toLocaleString('en-US', { maximumFractionDigits: 1 })} events a minute
            </Link>{' '}
            over the last ten minutes,{' '}
            <Link href={eventsOf(provider, { received: '-24h' })} className="text-accent underline">
              {provider.storedToday.toLocaleString('en-US')} in the last 24 hours
            </Link>
            .{' '}
            <Link href={eventsOf(provider)} className="text-accent underline">
              Its events
            </Link>{' '}
            ·{' '}
            <Link href={`/sessions?provider=${encodeURIComponent(provider.slug)}`} className="text-accent underline">
              Its sessions
            </Link>
          </p>
        </Section>
        {provider.receiver ? (
          <StreamSection receiver={provider.receiver} origin={readEnv().GATEHOUSE_URL} mayManage={mayManage} />
        ) : provider.takesRecords ? (
          <>
            <PushSection provider={provider} />
            <PullSection provider={provider} mayManage={mayManage} />
            {provider.hookKind ? <HookSection provider={provider} mayManage={mayManage} /> : null}
            <ConnectionSection provider={provider} mayManage={mayManage} />
          </>
        ) : (
          <Section title="Where its records come from">
            <p className="text-quiet text-sm">
              From this desk itself: sign-ins of operators and changes of how they sign in. Nobody else can send any.
            </p>
          </Section>
        )}
        <Coverage provider={provider} />
        <QuarantineOf provider={provider} mayManage={mayManage} />
      </div>
    </>
  );
}

/** The events of a provider behind a number. */
function eventsOf({ slug }: ProviderDetail, more: Record<string, string> = {}): string {
  return `/events?${new URLSearchParams({ provider: slug, ...more })}`;
}

function Numbers({ provider }: { provider: ProviderDetail }) {
  return (
    <Facts
      facts={[
        {
          label: 'Last record',
          value: provider.lastReceivedAt ? <RelativeTime at={provider.lastReceivedAt} /> : 'none yet',
        },
        {
          label: 'Lag',
          value:
            provider.lagSeconds === null
              ? 'unknown'
              : `${durationWords(provider.lagSeconds)} between event and receipt`,
        },
        {
          label: 'Last error',
          value: provider.lastError ? (
            <>
              {safeText(provider.lastError)}{' '}
              {provider.lastErrorAt ? (
                <span className="text-quiet">
                  <RelativeTime at={provider.lastErrorAt} />
                </span>
              ) : null}
            </>
          ) : (
            'none'
          ),
        },
        { label: 'Issuer', value: <span className="break-all">{safeText(provider.issuer)}</span> },
        {
          label: 'Ending a session',
          value: provider.reach ? (
            <>
              <span className="block">Ends: {provider.reach.ends}</span>
              <span className="block">Goes on: {provider.reach.remains}</span>
            </>
          ) : provider.canAct ? (
            'possible once connected'
          ) : (
            'Gatehouse only reads here; it cannot act at this kind of provider.'
          ),
        },
      ]}
    />
  );
}

function PushSection({ provider }: { provider: ProviderDetail }) {
  const address = `${readEnv().GATEHOUSE_URL}/api/v1/ingest/${provider.slug}`;
  const command = `npm run gatehouse -- token create ${provider.slug}-sender --scope events:write --provider ${provider.slug}`;
  return (
    <Section title="Push: send records here">
      <p className="mb-2 text-quiet text-sm">
        One JSON object, an array or NDJSON, gzip if you like. The answer comes once the rows are durable; sending the
        same again stores nothing twice.
      </p>
      <Facts
        facts={[
          { label: 'Address', value: <Copyable text={address} what="address" /> },
          { label: 'A token', value: <Copyable text={command} what="command" /> },
        ]}
      />
    </Section>
  );
}

function Coverage({ provider }: { provider: ProviderDetail }) {
  return (
    <Section title="Mapping coverage, last 7 days">
      {provider.unmapped.length === 0 ? (
        <p className="text-quiet text-sm">Every event that came has a word of ours.</p>
      ) : (
        <>
          <p className="mb-2 text-quiet text-sm">
            Kept whole and searchable, but without a word of ours, so no detector and no session follows from them:
          </p>
          <ul className="flex flex-col gap-1 text-sm">
            {provider.unmapped.map(({ name, count }) => (
              <li key={name} className="flex justify-between gap-4">
                <code className="min-w-0 break-all text-xs">{safeText(name)}</code>
                <Link
                  href={eventsOf(provider, { type: 'other', name, received: '-7d' })}
                  className="text-accent underline"
                >
                  {count.toLocaleString('en-US')}
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

function QuarantineOf({ provider, mayManage }: { provider: ProviderDetail; mayManage: boolean }) {
  const base = `/quarantine?provider=${encodeURIComponent(provider.slug)}`;
  return (
    <Section
      title="Quarantine"
      act={mayManage && provider.quarantined > 0 ? <ReplayButton providerId={provider.id} /> : undefined}
    >
      {provider.quarantined === 0 ? (
        <p className="text-quiet text-sm">Nothing of this provider is quarantined.</p>
      ) : (
        <ul className="flex flex-col gap-1 text-sm">
          {provider.quarantineByCode.map(({ code, count }) => (
            <li key={code} className="flex justify-between gap-4">
              <code className="text-xs">{safeText(code)}</code>
              <Link href={`${base}&code=${encodeURIComponent(code)}`} className="text-accent underline">
                {count.toLocaleString('en-US')}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
