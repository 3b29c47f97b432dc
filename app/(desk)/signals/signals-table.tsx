'use client';

import { PersonLabel } from '#components/desk/labels.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { Severity } from '#components/ui/severity.tsx';
import { signalFilter } from '#lib/model/filters/signal-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { signalStateWords } from '#lib/model/signal.ts';
import type { SignalRow } from '#lib/signals/list-signals.ts';

const columns: Column<SignalRow>[] = [
  {
    id: 'signal',
    label: 'Signal',
    cell: (row) => safeText(row.title),
  },
  { id: 'severity', label: 'Severity', cell: (row) => <Severity level={row.severity} /> },
  { id: 'state', label: 'State', cell: (row) => signalStateWords[row.state] },
  { id: 'person', label: 'Person', cell: (row) => <PersonLabel name={row.personName} email={row.personEmail} /> },
  { id: 'last', label: 'Last', cell: (row) => <RelativeTime at={row.lastAt} /> },
  { id: 'first', label: 'First', cell: (row) => <RelativeTime at={row.firstAt} /> },
];

export function SignalsTable({ page, filtered }: { page: Promise<Loaded<SignalRow>>; filtered: boolean }) {
  return (
    <DataTable
      caption="Signals, latest first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={({ id }) => `/signals/${id}`}
      rowLabel={({ title }) => safeText(title)}
      filtered={filtered}
      noun={signalFilter.noun}
      none={{
        title: 'No signal yet',
        text: 'A signal appears when a detector finds something in what the providers report.',
      }}
    />
  );
}
