import Link from 'next/link';
import { Section } from '#components/desk/section.tsx';
import { Severity } from '#components/ui/severity.tsx';
import type { Overview } from '#lib/events/overview.ts';
import type { Severity as Level } from '#lib/model/signal.ts';

/** What waits for somebody now: open signals by severity, the worst first, and those nobody touched for a day. */
export function NeedsAPerson({ overview }: { overview: Overview }) {
  const open = 'state=acknowledged,in_progress,open';
  return (
    <Section title="Needs a person">
      {overview.openSignals.length === 0 ? (
        <p className="text-quiet">
          Nothing now. A new signal appears here as soon as a detector finds something in what comes in.
        </p>
      ) : (
        <ul className="flex flex-wrap gap-2">
          {overview.openSignals.map(({ severity, count }) => (
            <li key={severity}>
              <Link
                href={`/signals?severity=${severity}&${open}`}
                prefetch={false}
                className="flex min-h-11 items-center gap-3 rounded-md border border-line px-4 hover:bg-raised"
              >
                <Severity level={severity as Level} />
                <span className="font-medium text-lg tabular-nums">{count.toLocaleString('en-US')}</span>
              </Link>
            </li>
          ))}
          {overview.staleSignals > 0 ? (
            <li>
              <Link
                href="/signals?state=open&to=-24h"
                prefetch={false}
                className="flex min-h-11 items-center gap-3 rounded-md border border-line px-4 hover:bg-raised"
              >
                <span className="text-quiet">untouched for 24 h</span>
                <span className="font-medium text-lg tabular-nums">
                  {overview.staleSignals.toLocaleString('en-US')}
                </span>
              </Link>
            </li>
          ) : null}
        </ul>
      )}
    </Section>
  );
}
