import Link from 'next/link';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { safeText } from '#lib/model/safe-text.ts';
import { type Drift, driftMax } from '#lib/revocation/drift.ts';

const count = (n: number, one: string, many: string) =>
  `${n >= driftMax ? 'more than ' : ''}${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;

/** How the world moved since the set was frozen, or since the cut-off: shown, never added; one click makes a new rehearsal of it. */
export function DriftNote({
  drift,
  since,
  followUp,
}: {
  drift: Drift;
  since: 'freezing' | 'cut-off';
  followUp: string | null;
}) {
  if (drift.appeared === 0 && (drift.ended === 0 || since === 'cut-off')) {
    return (
      <p className="text-quiet text-sm">
        {since === 'freezing'
          ? 'Nothing has changed since it was frozen.'
          : 'No session in this scope has appeared since. Nothing is left that began before the cut-off and is not named above.'}
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      {since === 'freezing' && drift.ended > 0 ? (
        <p className="text-sm">
          {count(drift.ended, 'session of it has', 'sessions of it have')} ended by{' '}
          {drift.ended === 1 ? 'itself' : 'themselves'} meanwhile.
        </p>
      ) : null}
      {drift.appeared > 0 ? (
        <>
          <p className="text-sm">
            <strong>
              {count(drift.appeared, 'session is', 'sessions are')} in this scope by now and not in the set
            </strong>
            {since === 'cut-off'
              ? `: ${count(drift.startedSince, 'began', 'began')} after the cut-off, ${count(drift.appeared - drift.startedSince, 'was', 'were')} reported late.`
              : '. They are not added; they live on.'}
          </p>
          <ul className="text-sm">
            {drift.sample.map((session) => (
              <li key={session.id} className="border-line border-b py-1">
                {safeText(session.who)} · {safeText(session.provider)} · began <RelativeTime at={session.startedAt} />
              </li>
            ))}
          </ul>
          {followUp ? (
            <Link className="self-start text-accent text-sm underline" href={followUp}>
              Rehearse these as well
            </Link>
          ) : null}
        </>
      ) : null}
    </div>
  );
}
