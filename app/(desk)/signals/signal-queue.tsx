'use client';

import { useSearchParams } from 'next/navigation';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { severityLooks } from '#components/ui/severity.tsx';
import { signalFilter } from '#lib/model/filters/signal-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { signalStateWords } from '#lib/model/signal.ts';
import type { SignalRow } from '#lib/signals/list-signals.ts';

const columns: Column<SignalRow>[] = [
  { id: 'signal', label: 'Signal', cell: (row) => <Strip row={row} /> },
  { id: 'last', label: 'Last', align: 'end', cell: (row) => <RelativeTime at={row.lastAt} /> },
];

/** The queue: what is worst is loudest; j and k walk through it and open what they reach. */
export function SignalQueue({
  page,
  filtered,
  currentId,
}: {
  page: Loaded<SignalRow>;
  filtered: boolean;
  currentId: string | null;
}) {
  const params = useSearchParams();
  const kept = params.size > 0 ? `?${params}` : '';
  const filter = new URLSearchParams(params);
  filter.delete('cursor');
  return (
    <DataTable
      caption="Signals, latest first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={({ id }) => `/signals/${id}${kept}`}
      rowLabel={({ title }) => safeText(title)}
      strip={(row) => <Strip row={row} />}
      currentId={currentId}
      opensOnMove
      listPath="/signals"
      live={{ topics: ['signals'], api: `/api/v1/signals?${filter}` }}
      filtered={filtered}
      noun={signalFilter.noun}
      none={{
        title: 'No signal yet',
        text: 'A signal appears when a detector finds something in what the providers report.',
      }}
    />
  );
}

function Strip({ row }: { row: SignalRow }) {
  const look = severityLooks[row.severity];
  const who = row.personName ?? row.personEmail ?? row.ip;
  return (
    <span className="flex gap-2.5">
      <span className={`w-3.5 shrink-0 text-center ${look.colour}`} title={row.severity}>
        <span aria-hidden="true">{look.shape}</span>
        <span className="sr-only">{row.severity}: </span>
      </span>
      <span className="min-w-0 grow">
        <span className="flex justify-between gap-3">
          <span className="min-w-0 truncate font-medium">{safeText(row.title)}</span>
          <span className="shrink-0 font-normal text-quiet text-xs leading-5">
            <RelativeTime at={row.lastAt} />
          </span>
        </span>
        <span className="flex justify-between gap-3 font-normal text-quiet">
          <span className="min-w-0 truncate">{safeText(who ?? 'Nobody known')}</span>
          <span className="shrink-0 text-xs leading-5">
            {row.state === 'open' ? '' : signalStateWords[row.state]}
            {row.assigneeName ? ` · ${safeText(row.assigneeName)}` : ''}
          </span>
        </span>
      </span>
    </span>
  );
}
