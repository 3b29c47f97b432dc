'use client';

import Link from 'next/link';
import { ProviderStateBadge } from '#components/desk/provider-state.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { ProviderHealth } from '#lib/events/sources/provider-health.ts';
import { durationWords } from '#lib/model/duration.ts';
import { safeText } from '#lib/model/safe-text.ts';

const number = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 1 });

/** A number of events, and the way to them. */
function Events({ of, filter, count }: { of: ProviderHealth; filter: Record<string, string>; count: number }) {
  if (count === 0) return '0';
  return (
    <Link
      className="text-accent underline"
      href={`/events?${new URLSearchParams({ provider: of.slug, ...filter })}`}
      prefetch={false}
    >
      {number(count)}
    </Link>
  );
}

const columns: Column<ProviderHealth>[] = [
  {
    id: 'name',
    label: 'Provider',
    cell: (row) => (
      <>
        {safeText(row.name)}
        <span className="block text-quiet text-xs">
          {row.kindName} · {row.slug}
        </span>
      </>
    ),
  },
  {
    id: 'state',
    label: 'State',
    cell: (row) => (
      <>
        <ProviderStateBadge state={row.state} />
        {row.state === 'problem' && row.lastError ? (
          <span className="block max-w-xs truncate text-quiet text-xs" title={row.lastError}>
            {safeText(row.lastError)}
          </span>
        ) : null}
      </>
    ),
  },
  {
    id: 'last',
    label: 'Last record',
    cell: (row) =>
      row.lastReceivedAt ? <RelativeTime at={row.lastReceivedAt} /> : <span className="text-quiet">none yet</span>,
  },
  {
    id: 'lag',
    label: 'Lag',
    align: 'end',
    from: 'middle',
    cell: (row) =>
      row.lagSeconds === null ? <span className="text-quiet">unknown</span> : durationWords(row.lagSeconds),
  },
  {
    id: 'rate',
    label: 'A minute',
    align: 'end',
    cell: (row) => <Events of={row} filter={{ received: '-10min' }} count={row.perMinute} />,
  },
  {
    id: 'today',
    label: 'Last 24 h',
    align: 'end',
    from: 'middle',
    cell: (row) => <Events of={row} filter={{ received: '-24h' }} count={row.storedToday} />,
  },
  {
    id: 'unmapped',
    label: 'Without a word',
    align: 'end',
    from: 'wide',
    cell: (row) => <Events of={row} filter={{ type: 'other', received: '-24h' }} count={row.unmappedToday} />,
  },
  {
    id: 'quarantined',
    label: 'Quarantined',
    align: 'end',
    cell: (row) =>
      row.quarantined === 0 ? (
        '0'
      ) : (
        <Link className="text-accent underline" href={`/quarantine?provider=${encodeURIComponent(row.slug)}`}>
          {row.quarantined >= 10_000 ? '10,000 or more' : number(row.quarantined)}
        </Link>
      ),
  },
];

export function ProvidersTable({ page, mayManage }: { page: Promise<Loaded<ProviderHealth>>; mayManage: boolean }) {
  return (
    <DataTable
      caption="Providers, what needs a person first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={({ id }) => `/providers/${id}`}
      rowLabel={({ name }) => safeText(name)}
      filtered={false}
      noun={{ one: 'provider', many: 'providers' }}
      none={{
        title: 'No provider yet',
        text: 'A provider appears here with its first record, or when you add it: then Gatehouse can also fetch its logs and act there.',
        act: mayManage ? (
          <Link href="/providers/new" className={buttonClass('primary')}>
            Add a provider
          </Link>
        ) : null,
      }}
    />
  );
}
