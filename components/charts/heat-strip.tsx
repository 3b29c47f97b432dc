import Link from 'next/link';

export type HeatDay = { day: string; succeeded: number; failed: number; href: string };

const weekday = (day: string) =>
  ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'][new Date(day).getUTCDay()];

/** Days in a row, the busier the darker; a day with failures wears a mark. Each day leads to its events and is read as words. */
export function HeatStrip({ days, sentence }: { days: readonly HeatDay[]; sentence: string }) {
  const most = Math.max(1, ...days.map(({ succeeded }) => succeeded));
  return (
    <figure>
      <ol className="flex flex-wrap gap-1">
        {days.map(({ day, succeeded, failed, href }) => (
          <li key={day}>
            <Link
              href={href}
              prefetch={false}
              title={`${weekday(day)} ${day}: ${succeeded} succeeded, ${failed} failed`}
              className="relative flex size-6 items-end justify-center overflow-hidden rounded-sm border border-line"
            >
              <span
                aria-hidden="true"
                className="absolute inset-0 bg-accent"
                style={{ opacity: succeeded === 0 ? 0 : 0.2 + (0.8 * succeeded) / most }}
              />
              {failed > 0 ? (
                <span aria-hidden="true" className="relative h-1.5 w-full border-paper border-t bg-critical" />
              ) : null}
              <span className="sr-only">
                {day}: {succeeded} succeeded, {failed} failed
              </span>
            </Link>
          </li>
        ))}
      </ol>
      <figcaption className="mt-1.5 text-quiet text-sm">{sentence}</figcaption>
    </figure>
  );
}
