import { Badge, type Tone } from '#components/ui/badge.tsx';
import { Countdown } from '#components/ui/countdown.tsx';
import { exactTime } from '#components/ui/exact-time.ts';
import { durationWords } from '#lib/model/duration.ts';
import { type RotationStep, rotationStepNames } from '#lib/model/signing-key.ts';

export type ShownLine = {
  step: RotationStep | 'kill';
  state: 'done' | 'now' | 'waiting' | 'halted' | 'dropped';
  at: string | null;
  afterSeconds: number;
};

const stateWords: Record<ShownLine['state'], { word: string; tone: Tone }> = {
  done: { word: 'Done', tone: 'good' },
  now: { word: 'Next', tone: 'accent' },
  waiting: { word: 'Later', tone: 'plain' },
  halted: { word: 'Halted', tone: 'critical' },
  dropped: { word: 'Not taken', tone: 'plain' },
};

/** The steps of a rotation in order: what was done when, what comes when, and where it stands. */
export function Timetable({ lines }: { lines: readonly ShownLine[] }) {
  return (
    <ol className="flex flex-col">
      {lines.map(({ step, state, at, afterSeconds }) => (
        <li
          key={step}
          className="grid grid-cols-[5rem_minmax(0,1fr)] items-baseline gap-x-3 gap-y-0.5 border-line border-b py-2 last:border-b-0"
        >
          <span>
            <Badge tone={stateWords[state].tone}>{stateWords[state].word}</Badge>
          </span>
          <span className="font-medium">
            {step === 'kill' ? 'Take the key out of the key set; another signs at once' : rotationStepNames[step]}
          </span>
          <span className="col-start-2 text-quiet text-sm tabular-nums">
            {at && (state === 'now' || state === 'waiting') ? (
              <>
                in <Countdown until={at} over="a moment" /> ·{' '}
              </>
            ) : null}
            {at
              ? exactTime(at)
              : afterSeconds > 0
                ? `${durationWords(afterSeconds)} after the step before`
                : state === 'waiting'
                  ? 'as soon as it is signed'
                  : ''}
          </span>
        </li>
      ))}
    </ol>
  );
}
