'use client';

import Link from 'next/link';
import { eventHref, timeDoubt } from '#app/(desk)/events/event-words.ts';
import { EventWords } from '#components/desk/event-words.tsx';
import { PersonLabel, PlaceLabel } from '#components/desk/labels.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { EventListRow } from '#lib/events/list-events.ts';
import { timeQualityWords } from '#lib/model/event.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';

const columns: Column<EventListRow>[] = [
  {
    id: 'type',
    label: 'Event',
    cell: (row) => <EventWords event={row} />,
  },
  {
    id: 'outcome',
    label: 'Outcome',
    cell: (row) => (
      <Badge tone={row.outcome === 'failure' ? 'critical' : 'plain'}>
        {[row.outcome, row.reason?.replaceAll('_', ' ')].filter(Boolean).join(': ')}
      </Badge>
    ),
  },
  {
    id: 'person',
    label: 'Person',
    cell: (row) =>
      row.personId ? (
        <Link href={`/people/${row.personId}`} prefetch={false} className="hover:text-accent">
          <PersonLabel name={row.personName} email={row.personEmail} />
        </Link>
      ) : (
        <PersonLabel name={row.personName} email={row.personEmail} />
      ),
  },
  { id: 'place', label: 'Place', cell: (row) => <PlaceLabel {...row} /> },
  { id: 'device', label: 'Device', from: 'wide', cell: (row) => safeText(row.deviceLabel ?? 'Unknown device') },
  {
    id: 'client',
    label: 'Application',
    from: 'wide',
    cell: (row) => <span className="clip">{safeText(row.client ?? '')}</span>,
  },
  { id: 'provider', label: 'Provider', from: 'middle', cell: (row) => safeText(row.provider) },
  {
    id: 'at',
    label: 'When',
    cell: (row) => (
      <span className="whitespace-nowrap">
        <RelativeTime at={row.occurredAt} />
        <DoubtfulTime row={row} />
      </span>
    ),
  },
  { id: 'received', label: 'Taken in', hidden: true, cell: (row) => <RelativeTime at={row.receivedAt} /> },
  { id: 'quality', label: 'Time', hidden: true, cell: (row) => timeQualityWords[row.timeQuality] },
  { id: 'raw', label: 'The provider’s name for it', hidden: true, cell: (row) => safeText(row.providerType) },
];

/** A time that cannot be right is marked where it stands. What merely came late, as all that is imported does, is not. */
function DoubtfulTime({ row }: { row: EventListRow }) {
  const why = timeDoubt(row);
  if (!why) return null;
  return (
    <span className="ml-2" title={why}>
      <Badge tone="medium">{timeQualityWords[row.timeQuality]}</Badge>
      <span className="sr-only"> {why}</span>
    </span>
  );
}

export function EventsTable({
  page,
  filtered,
  keys = true,
  api,
}: {
  page: Promise<Loaded<EventListRow>> | Loaded<EventListRow>;
  filtered: boolean;
  keys?: boolean;
  /** This list in the API, with its filter. */
  api: string;
}) {
  return (
    <DataTable
      caption="Events, latest first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={eventHref}
      rowLabel={(row) => `${row.type} at ${row.occurredAt}`}
      keys={keys}
      filtered={filtered}
      live={{ topics: ['events'], api }}
      noun={eventFilter.noun}
      none={{
        title: 'No event has come in yet',
        text: 'Events appear here as soon as a provider sends them or a file is imported.',
      }}
    />
  );
}
