import { Section } from '#components/desk/section.tsx';
import { CountedBars } from '#components/operations/counted-bars.tsx';
import { Badge } from '#components/ui/badge.tsx';
import type { RevocationSummary } from '#lib/model/revocation-scope.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** What a revocation will do, exactly: at which provider what happens, and what goes on working afterwards. */
export function RevocationSummaryView({ summary }: { summary: RevocationSummary }) {
  return (
    <div className="flex flex-col gap-6">
      <Section title="What happens at each provider">
        <div className="list-frame">
          <table className="list">
            <caption className="sr-only">Providers, what is asked of each, and what remains</caption>
            <thead>
              <tr>
                {['Provider', 'Sessions', 'What ends', 'What still works, and until when'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {summary.providers.map((provider) => (
                <tr key={provider.id}>
                  <td data-label="Provider" data-first="true">
                    {safeText(provider.name)} {provider.canAct ? null : <Badge tone="critical">cannot act there</Badge>}
                  </td>
                  <td data-label="Sessions" className="tabular-nums">
                    {provider.sessions.toLocaleString('en-US')}
                  </td>
                  <td data-label="What ends">{provider.ends}</td>
                  <td data-label="What still works">{provider.remains}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Section>
      <div className="grid gap-6 md:grid-cols-2">
        <Section title="Applications">
          <CountedBars label="Sessions by application" rows={summary.clients} total={summary.sessions} />
        </Section>
        <Section title="Countries">
          <CountedBars label="Sessions by country" rows={summary.countries} total={summary.sessions} />
        </Section>
      </div>
      {summary.unmatchedCount > 0 ? (
        <Section title={`Not found: ${summary.unmatchedCount.toLocaleString('en-US')} of the pasted entries`}>
          <p className="mb-1 text-quiet text-sm">
            Nobody and no session goes by these. They are not part of what happens; check them for typing mistakes.
          </p>
          <ul
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling part is scrolled by the keyboard (WCAG 2.1.1)
            tabIndex={0}
            aria-label="Entries that match nothing"
            className="max-h-40 columns-1 overflow-y-auto font-mono text-xs sm:columns-2 lg:columns-3"
          >
            {summary.unmatched.map((entry) => (
              <li key={entry} className="break-all">
                {safeText(entry)}
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
    </div>
  );
}
