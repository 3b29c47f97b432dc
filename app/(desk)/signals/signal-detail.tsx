import Link from 'next/link';
import { RevokeButton } from '#app/(desk)/sessions/revoke-button.tsx';
import { DecisionBar } from '#app/(desk)/signals/decision-bar.tsx';
import { DevicesBesideEachOther } from '#app/(desk)/signals/devices-beside.tsx';
import { EventsOfSignal } from '#app/(desk)/signals/events-of-signal.tsx';
import { evidencePoints, mapSentence, timelineMarks, timelineSpan } from '#app/(desk)/signals/evidence-pictures.ts';
import { placeWords } from '#components/desk/labels.tsx';
import { Section } from '#components/desk/section.tsx';
import { PlacesMap } from '#components/map/places-map.tsx';
import { ShortcutLink } from '#components/shell/shortcut-link.tsx';
import { Timeline } from '#components/timeline/timeline.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { Severity } from '#components/ui/severity.tsx';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Explanation } from '#lib/model/detection.ts';
import { scopeAddress } from '#lib/model/revocation-scope.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { signalStateWords } from '#lib/model/signal.ts';
import type { SignalReading } from '#lib/signals/read-signal.ts';

/** All of one signal on one screen: what, why, where, when, with what, what else. */
export function SignalDetail({
  reading,
  actor,
  ids,
  query,
}: {
  reading: SignalReading;
  actor: Actor;
  ids: string[];
  query: string;
}) {
  const { signal, events, timeline, devices, related } = reading;
  const who = safeText(signal.personName ?? signal.personEmail ?? signal.ip ?? 'nobody known');
  const map = evidencePoints(events);
  const span = timelineSpan(signal.lastAt);
  return (
    <article aria-labelledby="signal-title" className="flex flex-col gap-6">
      <header>
        <div className="mb-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
          <Severity level={signal.severity} />
          <span className="text-quiet">{signalStateWords[signal.state]}</span>
          <span className="text-quiet">{signal.assigneeName ? safeText(signal.assigneeName) : 'nobody has it'}</span>
          <span className="text-quiet">
            <RelativeTime at={signal.lastAt} />
          </span>
        </div>
        <h2 id="signal-title" className="font-semibold text-lg">
          {safeText(signal.title)}
        </h2>
        <p className="mt-1 max-w-3xl">{safeText(signal.summary)}</p>
        <nav aria-label="What this is about" className="mt-2 flex flex-wrap gap-4 text-sm">
          {signal.personId && actor.permissions.has('people:read') ? (
            <Link className="text-accent underline" href={`/people/${signal.personId}`}>
              {who}
            </Link>
          ) : null}
          {signal.personId ? (
            <Link className="text-accent underline" href={`/sessions?person=${signal.personId}&state=live,stale`}>
              Live sessions
            </Link>
          ) : null}
          {signal.ip ? (
            <Link className="text-accent underline" href={`/sessions?ip=${signal.ip}`}>
              Sessions from {signal.ip}
            </Link>
          ) : null}
          {signal.sessionId && actor.permissions.has('revocations:propose') ? (
            <RevokeButton sessionId={signal.sessionId} who={who} ended={false} revocation={null} keys="r" />
          ) : null}
          {actor.permissions.has('revocations:propose') ? (
            <ShortcutLink
              href={scopeAddress({ by: 'signal', signal: signal.id })}
              keys="R"
              label="Contain the person"
              group="Contain"
              look="danger"
            >
              {signal.personId ? 'Contain person…' : 'Revoke its sessions…'}
            </ShortcutLink>
          ) : null}
        </nav>
        {signal.decision ? (
          <p className="mt-3 rounded-md bg-raised px-3 py-2 text-sm">
            Decided by {safeText(signal.decidedBy ?? 'somebody')}: {safeText(signal.decision)}
          </p>
        ) : null}
      </header>
      {actor.permissions.has('signals:write') ? (
        <DecisionBar
          key={signal.id}
          signal={{ id: signal.id, state: signal.state, title: signal.title, assigneeId: signal.assigneeId }}
          operatorId={actor.id}
          ids={ids}
          query={query}
        />
      ) : null}
      <div className="grid gap-6 xl:grid-cols-2">
        <div className="flex flex-col gap-6">
          <Section title="Why it fired">
            <Reasons explanations={signal.explanations} effect="raises" none="The detector gave no reason." />
          </Section>
          <Section title="Why it was not suppressed">
            <Reasons explanations={signal.explanations} effect="lowers" none="Nothing spoke against it." />
            <Reasons explanations={signal.explanations} effect="neutral" none="" />
          </Section>
        </div>
        <Section title="Where">
          {map.points.length > 0 ? (
            <PlacesMap points={map.points} arcs={map.arcs} sentence={mapSentence(signal.evidence, map.points)} />
          ) : (
            <p className="text-quiet text-sm">The place of these addresses is not known.</p>
          )}
        </Section>
      </div>
      <Section title="When, 24 hours before and after">
        <Timeline
          marks={timelineMarks(timeline, events, placeWords)}
          from={span.from}
          to={span.to}
          sentence={`${timeline.length.toLocaleString('en-US')} events of ${signal.personId ? who : 'this signal'}; the ones this signal stands on are large.`}
        />
      </Section>
      <div className="grid gap-6 xl:grid-cols-2">
        <Section title="Devices, side by side">
          {devices.length > 0 ? (
            <DevicesBesideEachOther devices={devices} events={events} />
          ) : (
            <p className="text-quiet text-sm">The records name no device.</p>
          )}
        </Section>
        <Section title="Related signals">
          {related.length === 0 ? (
            <p className="text-quiet text-sm">No other signal of this person or address in the week around it.</p>
          ) : (
            <ul className="text-sm">
              {related.map((one) => (
                <li key={one.id} className="flex flex-wrap gap-x-3 border-line border-b py-1.5">
                  <Severity level={one.severity} />
                  <Link className="text-accent underline" href={`/signals/${one.id}`}>
                    {safeText(one.title)}
                  </Link>
                  <span className="text-quiet">
                    same {one.shares} · {signalStateWords[one.state]} · <RelativeTime at={one.lastAt} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Section>
      </div>
      <Section title="Events this signal stands on">
        <EventsOfSignal events={events} />
      </Section>
    </article>
  );
}

const marks = { raises: '▲', lowers: '▽', neutral: '–' } as const;
const meanings = { raises: 'speaks for it', lowers: 'speaks against it', neutral: 'could not decide' } as const;

function Reasons(props: { explanations: Explanation[]; effect: Explanation['effect']; none: string }) {
  const some = props.explanations.filter(({ effect }) => effect === props.effect);
  if (some.length === 0) return props.none ? <p className="text-quiet text-sm">{props.none}</p> : null;
  return (
    <ul className="text-sm">
      {some.map(({ fact }) => (
        <li key={fact} className="flex gap-2.5 border-line border-b py-1.5">
          <span title={meanings[props.effect]} className="shrink-0 text-quiet">
            <span aria-hidden="true">{marks[props.effect]}</span>
            <span className="sr-only">{meanings[props.effect]}:</span>
          </span>
          <span className="min-w-0">{safeText(fact)}</span>
        </li>
      ))}
    </ul>
  );
}
