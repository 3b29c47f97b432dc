import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import type { ReactNode } from 'react';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { RecordText } from '#app/(desk)/events/[id]/record.tsx';
import { timeDoubt } from '#app/(desk)/events/event-words.ts';
import { placeWords } from '#components/desk/labels.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Section } from '#components/desk/section.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { exactTime } from '#components/ui/exact-time.ts';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { Severity } from '#components/ui/severity.tsx';
import { erasedIssuer } from '#lib/events/erased-issuer.ts';
import { mayReadAddresses, readingAs } from '#lib/kernel/addresses.ts';
import { timeQualityWords } from '#lib/model/event.ts';
import { eventTime } from '#lib/model/event-time.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { type Severity as Level, type SignalState, signalStateWords } from '#lib/model/signal.ts';
import { type EventReading, readEvent } from '#lib/signals/read-event.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Event' };

/** One event: what was understood of it, and the record it came as. */
export default async function EventPage({ params, searchParams }: PageProps<'/events/[id]'>) {
  const { id } = await params;
  const time = eventTime.safeParse((await searchParams).at);
  const back = time.success ? `/events/${id}?${new URLSearchParams({ at: time.data })}` : `/events/${id}`;
  const { actor } = await requireOperator('events:read', back);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  if (!time.success) notFound();
  const at = time.data;
  const reading = await readingAs(actor).inTenant(actor.tenantId, (tx) => readEvent(tx, actor.tenantId, { id, at }));
  if (!reading) notFound();
  const { event, record, variants, signals } = reading;
  const isErased = reading.issuer === erasedIssuer;
  // What an absurd record said stands with its time already.
  const { claimed_time: _said, ...detail } = isErased ? {} : reading.detail;
  return (
    <>
      <PageHeader
        title={event.type.replaceAll('_', ' ')}
        counted={
          <Badge tone={event.outcome === 'failure' ? 'critical' : 'plain'}>
            {[event.outcome, event.reason?.replaceAll('_', ' ')].filter(Boolean).join(': ')}
          </Badge>
        }
      >
        {mayReadAddresses(actor) && !isErased ? (
          <a className={buttonClass()} href={`/api/v1/events/${id}/raw?${new URLSearchParams({ at })}`} download>
            Download the record
          </a>
        ) : null}
      </PageHeader>
      <div className="grid gap-8 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-8">
          <Facts facts={factsOf(reading)} />
          {actor.permissions.has('signals:read') && signals.length > 0 ? (
            <Section title="Signals that stand on it">
              <ul className="text-sm">
                {signals.map((signal) => (
                  <li key={signal.id} className="flex flex-wrap items-center gap-3 border-line border-b py-1">
                    <Severity level={signal.severity as Level} />
                    <To href={`/signals/${signal.id}`}>{safeText(signal.title)}</To>
                    <span className="text-quiet">{signalStateWords[signal.state as SignalState]}</span>
                  </li>
                ))}
              </ul>
            </Section>
          ) : null}
          {Object.keys(detail).length > 0 ? (
            <Section title="Read beside that">
              <Facts
                facts={Object.entries(detail).map(([name, value]) => ({
                  label: safeText(name.replaceAll('_', ' ')),
                  value: safeText(typeof value === 'string' ? value : JSON.stringify(value)),
                }))}
              />
            </Section>
          ) : null}
        </div>
        <div className="flex min-w-0 flex-col gap-8">
          {isErased ? (
            <Section title="The record as it came">
              <p className="text-quiet text-sm">It was emptied when its person was erased.</p>
            </Section>
          ) : (
            <RecordText record={record} title="The record as it came" />
          )}
          {variants.map((variant) => (
            <RecordText
              key={variant.sha256}
              record={variant}
              title={`Came again with other content, ${exactTime(variant.receivedAt)}`}
            />
          ))}
        </div>
      </div>
      <Attribution />
    </>
  );
}

function factsOf(reading: EventReading): { label: string; value: ReactNode }[] {
  const { event, asn } = reading;
  const doubt = timeDoubt(event);
  const who = event.personName ?? event.personEmail ?? reading.subject;
  return [
    {
      label: 'Happened',
      value: (
        <>
          {exactTime(event.occurredAt)}, <RelativeTime at={event.occurredAt} />
          {event.timeQuality === 'ok' ? null : (
            <>
              {' '}
              <Badge tone={doubt ? 'medium' : 'plain'}>{timeQualityWords[event.timeQuality]}</Badge>
            </>
          )}
          {doubt ? <span className="block text-quiet">{doubt}</span> : null}
        </>
      ),
    },
    { label: 'Taken in', value: exactTime(event.receivedAt) },
    {
      label: 'Person',
      value: event.personId ? <To href={`/people/${event.personId}`}>{safeText(who ?? 'Unknown person')}</To> : null,
    },
    { label: 'Done by', value: reading.actor ? safeText(reading.actor) : 'themselves' },
    {
      label: 'Session',
      value: event.sessionId ? (
        <>
          <To href={`/sessions?open=${event.sessionId}`}>{safeText(reading.sourceSessionId ?? 'the session')}</To>
          {' · '}
          <To href={`/events?session=${event.sessionId}`}>its events</To>
        </>
      ) : (
        'the record names none'
      ),
    },
    ...(event.endsSessionsUntil
      ? [
          {
            label: 'Signed out everywhere',
            value: `every session of the person at this provider that had started by ${exactTime(event.endsSessionsUntil)}`,
          },
        ]
      : []),
    { label: 'Application', value: event.client ? safeText(event.client) : null },
    {
      label: 'Device',
      value: event.deviceId ? (
        <To href={`/events?device=${event.deviceId}`}>{safeText(event.deviceLabel ?? 'Unknown device')}</To>
      ) : null,
    },
    { label: 'User agent', value: reading.userAgent ? safeText(reading.userAgent) : null },
    {
      label: 'Address',
      value: event.ip ? (
        <>
          <Copyable text={event.ip} what="address" />{' '}
          {event.ip.includes(' ') ? null : <To href={`/events?ip=${event.ip}`}>events from it</To>}
        </>
      ) : null,
    },
    { label: 'Place', value: safeText(placeWords(event)) },
    {
      label: 'Network',
      value: asn ? <To href={`/events?asn=${asn}`}>{safeText(`AS${asn} ${reading.asName ?? ''}`)}</To> : null,
    },
    { label: 'At a keyboard', value: reading.interactive ? 'yes' : 'no' },
    { label: 'Provider', value: <To href={`/events?provider=${event.provider}`}>{safeText(event.provider)}</To> },
    { label: 'Its name for it', value: safeText(event.providerType) },
    { label: 'Its id', value: <Copyable text={reading.sourceEventId} what="id at the provider" /> },
    { label: 'Id here', value: <Copyable text={event.id} what="id" /> },
  ];
}

function To({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link className="text-accent underline" href={href} prefetch={false}>
      {children}
    </Link>
  );
}
