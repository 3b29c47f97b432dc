import { Badge, type Tone } from '#components/ui/badge.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { Countdown } from '#components/ui/countdown.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { type KeyState, keyStateNames } from '#lib/model/signing-key.ts';

export type ShownKey = {
  kid: string;
  version: number;
  algorithm: string;
  state: KeyState;
  since: string;
  until: string | null;
  isDue: boolean;
  leadWaived: boolean;
};

const tones: Record<KeyState, Tone> = {
  created: 'plain',
  published: 'low',
  active: 'good',
  retiring: 'medium',
  retired: 'plain',
  destroyed: 'plain',
  compromised: 'critical',
};

export function KeyStateBadge({ state }: { state: KeyState }) {
  return <Badge tone={tones[state]}>{keyStateNames[state]}</Badge>;
}

/** One key in its place: Next, Current or Previous, since when, and the time left until the policy lets it move on. */
export function KeyCard({ place, shown, none }: { place: string; shown: ShownKey | null; none: string }) {
  return (
    <section aria-label={`${place} key`} className="flex min-w-0 flex-col gap-1 rounded-md border border-line p-3">
      <h3 className="flex items-center justify-between gap-2 font-medium text-quiet text-sm">
        {place}
        {shown && keyStateNames[shown.state] !== place ? <KeyStateBadge state={shown.state} /> : null}
      </h3>
      {shown ? (
        <>
          <Copyable
            text={shown.kid}
            what="key id"
            shown={`${shown.kid.slice(0, 18)}${shown.kid.length > 18 ? '…' : ''}`}
          />
          <p className="text-quiet text-sm">
            {shown.algorithm}, version {shown.version}
          </p>
          <p className="text-sm">
            {sinceWords[shown.state]} <RelativeTime at={shown.since} />
          </p>
          {shown.until && shown.isDue ? (
            <p className="text-high text-sm">
              A rotation is due since <RelativeTime at={shown.until} />
            </p>
          ) : shown.until ? (
            <p className="text-sm">
              {untilWords[shown.state]}{' '}
              <strong className="font-semibold text-lg">
                <Countdown until={shown.until} over={shown.state === 'published' ? 'none' : 'now'} />
              </strong>
            </p>
          ) : null}
          {shown.leadWaived && shown.state === 'active' && shown.version > 1 ? (
            <p className="text-high text-sm">Signs without its lead time: it took over from a compromised key.</p>
          ) : null}
        </>
      ) : (
        <p className="text-quiet text-sm">{none}</p>
      )}
    </section>
  );
}

const sinceWords: Record<KeyState, string> = {
  created: 'Made',
  published: 'Public since',
  active: 'Signs since',
  retiring: 'Stopped signing',
  retired: 'Left the key set',
  destroyed: 'Made',
  compromised: 'Killed',
};
const untilWords: Partial<Record<KeyState, string>> = {
  published: 'Lead time left:',
  active: 'A rotation is due in',
  retiring: 'Trusted for another',
  retired: 'Private half kept for another',
};
