import clsx from 'clsx';
import { exactTime } from '#components/ui/exact-time.ts';

export type TimelineMark = {
  id: string;
  at: string;
  /** The row it stands in: a place, a person. */
  lane: string;
  outcome: 'success' | 'failure' | 'unknown';
  label: string;
  /** True for what the page is about; the rest is context. */
  isEvidence: boolean;
};

const shapes = { success: '●', failure: '×', unknown: '·' } as const;
const lanesMax = 6;

/**
 * What happened when, a lane each place: ● succeeded, × failed. `from` and `to` are its edges. The same marks stand in a table on
 * the page; this is the picture of it.
 */
export function Timeline({
  marks,
  from,
  to,
  sentence,
}: {
  marks: readonly TimelineMark[];
  from: string;
  to: string;
  sentence: string;
}) {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const position = (at: string) => ((Date.parse(at) - start) / (end - start)) * 100;
  const names = [
    ...new Set([...marks].sort((a, b) => Number(b.isEvidence) - Number(a.isEvidence)).map(({ lane }) => lane)),
  ];
  const ticks = Array.from({ length: 5 }, (_, at) => new Date(start + ((end - start) * at) / 4).toISOString());
  return (
    <figure>
      <div role="img" aria-label={sentence} className="rounded-md border border-line bg-rail px-3 pt-2 pb-1">
        {names.slice(0, lanesMax).map((lane) => (
          <div key={lane} className="flex items-center gap-3 border-line border-b py-0.5">
            <span className="w-28 shrink-0 truncate text-quiet text-xs sm:w-36">{lane}</span>
            <div className="relative h-5 grow">
              {marks
                .filter((mark) => mark.lane === lane)
                .map((mark) => (
                  <span
                    key={mark.id}
                    title={`${exactTime(mark.at)}: ${mark.label}`}
                    className={clsx(
                      'absolute top-0 -translate-x-1/2 leading-5',
                      mark.isEvidence ? 'z-10 font-bold text-lg' : 'text-sm',
                      mark.outcome === 'failure' ? 'text-critical' : mark.isEvidence ? 'text-high' : 'text-accent',
                    )}
                    style={{ left: `${position(mark.at)}%` }}
                  >
                    {shapes[mark.outcome]}
                  </span>
                ))}
            </div>
          </div>
        ))}
        <div className="flex gap-3 text-quiet text-xs">
          <span className="w-28 shrink-0 sm:w-36">UTC</span>
          <div className="flex grow justify-between tabular-nums">
            {ticks.map((tick, at) => (
              <span key={tick} className={at % 2 ? 'max-sm:hidden' : ''}>
                {tick.slice(5, 16).replace('T', ' ')}
              </span>
            ))}
          </div>
        </div>
      </div>
      <figcaption className="mt-1.5 text-quiet text-sm">
        {sentence}
        {names.length > lanesMax ? ` The ${lanesMax} places nearest to the signal are drawn.` : ''}
      </figcaption>
    </figure>
  );
}
