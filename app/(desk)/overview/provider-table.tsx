'use client';

import Link from 'next/link';
import type { Column } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { ProviderIntake } from '#lib/events/overview.ts';
import { safeText } from '#lib/model/safe-text.ts';

const lag = (row: ProviderIntake) => {
  if (!row.occurredAt || !row.receivedAt) return '';
  const seconds = Math.max(0, Math.round((Date.parse(row.receivedAt) - Date.parse(row.occurredAt)) / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60).toLocaleString('en-US')} min`;
};

const columns: Column<ProviderIntake>[] = [
  { id: 'name', label: 'Provider', cell: (row) => safeText(row.name) },
  {
    id: 'last',
    label: 'Last event taken in',
    cell: (row) =>
      row.receivedAt ? <RelativeTime at={row.receivedAt} /> : <span className="text-high">silent for 30 d</span>,
  },
  { id: 'lag', label: 'Behind', cell: lag },
  {
    id: 'recent',
    label: 'Events in 24 h',
    align: 'end',
    cell: (row) => (
      <Link className="text-accent underline" href={`/events?provider=${row.provider}&from=-24h`}>
        {row.events24h.toLocaleString('en-US')}
      </Link>
    ),
  },
  {
    id: 'quarantined',
    label: 'In quarantine',
    align: 'end',
    cell: (row) => (
      <Link
        className={row.quarantined > 0 ? 'font-medium text-medium underline' : 'text-quiet'}
        href={`/quarantine?provider=${encodeURIComponent(row.provider)}`}
      >
        {row.quarantined >= 10_000 ? '10,000 or more' : row.quarantined.toLocaleString('en-US')}
      </Link>
    ),
  },
];

/** A line a provider: when it was last heard, how far behind, what could not be read. */
export function ProviderTable({ providers }: { providers: ProviderIntake[] }) {
  return (
    <DataTable
      caption="Providers, the one heard last first"
      columns={columns}
      page={{ ok: true, rows: providers, next: null, previous: null, total: providers.length, totalIsCapped: false }}
      rowId={({ provider }) => provider}
      rowLabel={({ name }) => safeText(name)}
      keys={false}
      filtered={false}
      noun={{ one: 'provider', many: 'providers' }}
      none={{ title: 'No provider is connected' }}
    />
  );
}
