import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { eventHref } from '#app/(desk)/events/event-words.ts';
import { OtherAccounts } from '#app/(desk)/people/[id]/other-accounts.tsx';
import { PersonPlaces } from '#app/(desk)/people/[id]/person-places.tsx';
import { PersonDevices, PersonSessions, PersonSignals } from '#app/(desk)/people/[id]/person-tables.tsx';
import { HeatStrip } from '#components/charts/heat-strip.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Section } from '#components/desk/section.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { LastSignOut } from '#lib/events/read-sign-outs.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { type PersonReading, readPerson } from '#lib/signals/read-person.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Person' };

export default async function PersonPage({ params }: PageProps<'/people/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('people:read', `/people/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const reading = await readingAs(actor).inTenant(actor.tenantId, (tx) => readPerson(tx, actor.tenantId, id));
  if (!reading) notFound();
  const { person, sessions, devices, signals, places, links, signedOut } = reading;
  const name = safeText(person.displayName ?? person.email ?? person.subject);
  return (
    <>
      <PageHeader title={name} counted={`${person.accountType} account at ${safeText(person.provider)}`}>
        {actor.permissions.has('policies:manage') ? (
          <Link href={`/people/${id}/records`} className={buttonClass('quiet')}>
            Hold or erase…
          </Link>
        ) : null}
      </PageHeader>
      <div className="flex flex-col gap-8">
        <div className="grid gap-8 lg:grid-cols-2">
          <Facts
            facts={[
              {
                label: 'E-mail',
                value: person.email ? <Copyable text={safeText(person.email)} what="e-mail" /> : null,
              },
              { label: 'Subject', value: <Copyable text={person.subject} what="subject" /> },
              { label: 'Issuer', value: <Copyable text={person.issuer} what="issuer" /> },
              { label: 'First seen', value: <RelativeTime at={person.firstSeenAt} /> },
              { label: 'Last seen', value: <RelativeTime at={person.lastSeenAt} /> },
              {
                label: 'Sign-ins',
                value: (
                  <Link className="text-accent underline" href={`/events?person=${id}&type=sign_in`}>
                    {person.signIns.toLocaleString('en-US')}, {person.failures.toLocaleString('en-US')} failed
                  </Link>
                ),
              },
              ...(signedOut
                ? [{ label: 'Signed out everywhere', value: <SignedOut personId={id} {...signedOut} /> }]
                : []),
            ]}
          />
          <Section title="Sign-ins a day, five weeks">
            <History reading={reading} />
          </Section>
        </div>
        <OtherAccounts personId={id} name={name} links={links} mayLink={actor.permissions.has('policies:manage')} />
        {actor.permissions.has('signals:read') ? (
          <Section title="Signals" act={<All href={`/signals?person=${id}`} total={signals.total} />}>
            <PersonSignals rows={signals.rows} />
          </Section>
        ) : null}
        <Section title="Sessions" act={<All href={`/sessions?person=${id}`} total={sessions.total} />}>
          <PersonSessions rows={sessions.rows} />
        </Section>
        <Section title="Devices" act={<All href={`/devices?person=${id}`} total={devices.total} />}>
          <PersonDevices rows={devices.rows} />
        </Section>
        <Section title="Places, five weeks">
          <PersonPlaces places={places} name={name} personId={id} />
        </Section>
      </div>
      <Attribution />
    </>
  );
}

/** The last time, and the sessions that were used all the same. */
function SignedOut({ personId, at, outlivedBy, event }: LastSignOut & { personId: string }) {
  return (
    <>
      <Link className="text-accent underline" href={eventHref(event)}>
        <RelativeTime at={at} />
      </Link>
      {outlivedBy > 0 ? (
        <>
          , but{' '}
          <Link className="text-accent underline" href={`/sessions?person=${personId}&signOut=outlived`}>
            {outlivedBy.toLocaleString('en-US')} {outlivedBy === 1 ? 'session' : 'sessions'} from before
          </Link>{' '}
          {outlivedBy === 1 ? 'was' : 'were'} used afterwards
        </>
      ) : null}
    </>
  );
}

function History({ reading: { person, days } }: { reading: PersonReading }) {
  const busy = days.filter(({ succeeded }) => succeeded > 0).length;
  const failed = days.reduce((sum, day) => sum + day.failed, 0);
  return (
    <HeatStrip
      days={days.map((day) => ({
        ...day,
        href: `/events?${new URLSearchParams({
          person: person.id,
          type: 'sign_in',
          from: `${day.day}T00:00Z`,
          to: `${day.day}T23:59:59.999Z`,
        })}`,
      }))}
      sentence={`Signed in on ${busy} of ${days.length} days; ${failed.toLocaleString('en-US')} failed ${failed === 1 ? 'attempt' : 'attempts'}. A red foot marks a day with failures.`}
    />
  );
}

function All({ href, total }: { href: string; total: number }) {
  return (
    <Link className="text-accent text-sm underline" href={href}>
      all {total.toLocaleString('en-US')}
    </Link>
  );
}
