import Link from 'next/link';
import { eventHref } from '#app/(desk)/events/event-words.ts';
import { RevocationLedger } from '#app/(desk)/sessions/revocation-ledger.tsx';
import { RevokeButton } from '#app/(desk)/sessions/revoke-button.tsx';
import { EventWords } from '#components/desk/event-words.tsx';
import { placeWords } from '#components/desk/labels.tsx';
import { Section } from '#components/desk/section.tsx';
import { SessionState } from '#components/desk/session-state.tsx';
import { SidePanel } from '#components/desk/side-panel.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { OutlivedSignOut } from '#lib/events/read-sign-outs.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { sessionEndWords } from '#lib/model/session-end.ts';
import { readSession } from '#lib/revocation/read-session.ts';

/** One session beside the list: whose, from where, with what, in which applications, what happened in it, how it was ended. */
export async function SessionPanel({ actor, id, mayRevoke }: { actor: Actor; id: string; mayRevoke: boolean }) {
  const reading = await readingAs(actor).inTenant(actor.tenantId, (tx) => readSession(tx, actor.tenantId, id));
  if (!reading) {
    return (
      <SidePanel title="No such session">
        <p className="text-quiet text-sm">It is not in this tenant, or its records are past their retention.</p>
      </SidePanel>
    );
  }
  const { session, clients, events, eventsTotal, revocation, outlived } = reading;
  const who = safeText(session.personName ?? session.personEmail ?? session.personSubject ?? 'Unknown person');
  return (
    <SidePanel title={who}>
      <div className="flex flex-wrap items-center gap-3">
        <SessionState state={session.state} />
        {mayRevoke ? (
          <RevokeButton
            sessionId={session.id}
            who={who}
            ended={session.endedAt !== null}
            revocation={session.revocation}
          />
        ) : null}
      </div>
      {outlived ? <Outlived signOut={outlived} /> : null}
      <Facts
        facts={[
          {
            label: 'Person',
            value: session.personId ? (
              <Link className="text-accent underline" href={`/people/${session.personId}`}>
                {safeText(session.personEmail ?? who)}
              </Link>
            ) : null,
          },
          { label: 'Provider', value: safeText(session.providerName) },
          { label: 'Place', value: safeText(placeWords(session)) },
          { label: 'Address', value: session.ip ? <Copyable text={session.ip} what="address" /> : null },
          {
            label: 'Device',
            value: session.deviceId ? (
              <Link className="text-accent underline" href={`/sessions?device=${session.deviceId}`}>
                {safeText(session.deviceLabel ?? 'Unknown device')}
              </Link>
            ) : null,
          },
          { label: 'User agent', value: session.userAgent ? safeText(session.userAgent) : null },
          { label: 'Started', value: <RelativeTime at={session.startedAt} /> },
          { label: 'Last seen', value: <RelativeTime at={session.lastSeenAt} /> },
          {
            label: 'Ended',
            value: session.endedAt ? (
              <>
                <RelativeTime at={session.endedAt} />{' '}
                {session.endReason ? `(${sessionEndWords[session.endReason]})` : ''}
              </>
            ) : (
              'not ended'
            ),
          },
          { label: 'Session id', value: <Copyable text={session.sourceSessionId} what="session id" /> },
        ]}
      />
      <Section title="Applications">
        {clients.length === 0 ? (
          <p className="text-quiet text-sm">The records name no application.</p>
        ) : (
          <ul className="text-sm">
            {clients.map(({ client, lastSeenAt }) => (
              <li key={client} className="flex justify-between gap-3 border-line border-b py-1">
                <span className="min-w-0 break-words">{safeText(client)}</span>
                <span className="text-quiet">
                  <RelativeTime at={lastSeenAt} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      {revocation ? (
        <Section title="Revocation">
          <RevocationLedger revocation={revocation} />
        </Section>
      ) : null}
      <Section
        title="Events"
        act={
          <Link className="text-accent text-sm underline" href={`/events?session=${session.id}`}>
            all {eventsTotal.toLocaleString('en-US')}
          </Link>
        }
      >
        <ol className="text-sm">
          {events.map((event) => (
            <li
              key={event.id}
              className="flex flex-wrap items-center justify-between gap-x-3 border-line border-b py-1"
            >
              <span>
                <Link className="hover:text-accent" href={eventHref(event)} prefetch={false}>
                  <EventWords event={event} />
                </Link>{' '}
                {event.outcome === 'failure' ? <Badge tone="critical">failed</Badge> : null}
              </span>
              <span className="text-quiet">
                {safeText(placeWords(event))} · <RelativeTime at={event.occurredAt} />
              </span>
            </li>
          ))}
        </ol>
      </Section>
    </SidePanel>
  );
}

/** A living session of somebody who was signed out everywhere: either it was not reached, or it was meant to go on. */
function Outlived({ signOut: { at, usedAt, isWhereAsked } }: { signOut: OutlivedSignOut }) {
  return isWhereAsked ? (
    <p className="text-sm">
      From this session the person signed out everywhere else, <RelativeTime at={at} />. It goes on.
    </p>
  ) : (
    <p className="border-medium border-l-2 pl-3 text-sm">
      The provider signed this person out everywhere <RelativeTime at={at} />, but this session was used afterwards
      {usedAt ? (
        <>
          , last <RelativeTime at={usedAt} />
        </>
      ) : null}
      . The sign-out did not reach it: revoke it if it should be over.
    </p>
  );
}
