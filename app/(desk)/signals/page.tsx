import type { Metadata } from 'next';
import Link from 'next/link';
import { signalFilters } from '#app/filters.ts';
import { readListQuery, toParams } from '#app/list-query.ts';
import { PersonLabel } from '#components/desk/labels.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Pages } from '#components/desk/pages.tsx';
import { SearchForm } from '#components/desk/search-form.tsx';
import { Empty } from '#components/ui/empty.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { Severity } from '#components/ui/severity.tsx';
import { now } from '#lib/kernel/clock.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { severities, signalStates } from '#lib/model/signal.ts';
import { listSignals } from '#lib/signals/list-signals.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Signals' };

export default async function SignalsPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { actor } = await requireOperator('signals:read', '/signals');
  const query = readListQuery(toParams(await searchParams), signalFilters);
  const page = await pool('desk').inTenant(actor.tenantId, (tx) => listSignals(tx, actor.tenantId, query));
  const at = now().toISOString();
  const choices = [
    { name: 'severity', label: 'Severity', options: severities.map((value) => ({ value, label: value })) },
    {
      name: 'state',
      label: 'State',
      options: signalStates.map((value) => ({ value, label: value.replaceAll('_', ' ') })),
    },
  ];
  return (
    <>
      <PageHeader
        title="Signals"
        counted={`${page.totalIsCapped ? 'more than ' : ''}${page.total.toLocaleString('en-US')}`}
      />
      <SearchForm path="/signals" query={query.given} placeholder="Title, name or e-mail" choices={choices} />
      {page.rows.length === 0 ? (
        <Empty
          filtered={Object.keys(query.given).length > 0}
          none="No signal yet. A signal appears when a detector finds something in what the providers report."
        />
      ) : (
        <table className="list">
          <caption className="sr-only">Signals, latest first</caption>
          <thead>
            <tr>
              {['Signal', 'Severity', 'State', 'Person', 'Last', 'First'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {page.rows.map((row) => (
              <tr key={row.id}>
                <td data-label="Signal">
                  <Link className="font-medium text-accent underline" href={`/signals/${row.id}`}>
                    {row.title}
                  </Link>
                  <span className="block text-quiet">{safeText(row.summary)}</span>
                </td>
                <td data-label="Severity">
                  <Severity level={row.severity} />
                </td>
                <td data-label="State">{row.state.replaceAll('_', ' ')}</td>
                <td data-label="Person">
                  <PersonLabel name={row.personName} email={row.personEmail} />
                </td>
                <td data-label="Last">
                  <RelativeTime at={row.lastAt} now={at} />
                </td>
                <td data-label="First">
                  <RelativeTime at={row.firstAt} now={at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Pages
        path="/signals"
        query={query.given}
        previous={page.previous}
        next={page.next}
        shown={page.rows.length}
        total={page.total}
        totalIsCapped={page.totalIsCapped}
      />
    </>
  );
}
