'use client';

import { PersonLabel, PlaceLabel } from '#components/desk/labels.tsx';
import type { Column } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { safeText } from '#lib/model/safe-text.ts';
import type { SignalEvent } from '#lib/signals/read-signal.ts';

const columns: Column<SignalEvent>[] = [
  {
    id: 'at',
    label: 'When (UTC)',
    cell: (event) => (
      <span className="whitespace-nowrap font-mono text-xs">{event.occurredAt.slice(0, 19).replace('T', ' ')}</span>
    ),
  },
  { id: 'role', label: 'Part', cell: (event) => event.role },
  {
    id: 'outcome',
    label: 'Outcome',
    cell: (event) => (
      <Badge tone={event.outcome === 'failure' ? 'critical' : 'plain'}>
        {[event.outcome, event.reason?.replaceAll('_', ' ')].filter(Boolean).join(': ')}
      </Badge>
    ),
  },
  { id: 'place', label: 'Place', cell: (event) => <PlaceLabel {...event} /> },
  { id: 'device', label: 'Device', cell: (event) => safeText(event.deviceLabel ?? 'Unknown device') },
  {
    id: 'person',
    label: 'Person',
    from: 'wide',
    cell: (event) => <PersonLabel name={event.personName} email={event.personEmail} />,
  },
  { id: 'client', label: 'Application', from: 'middle', cell: (event) => safeText(event.client ?? '') },
];

/** The events a signal stands on: the table behind its map and its timeline. */
export function EventsOfSignal({ events }: { events: SignalEvent[] }) {
  return (
    <DataTable
      caption="The events this signal stands on, oldest first"
      columns={columns}
      page={{ ok: true, rows: events, next: null, previous: null, total: events.length, totalIsCapped: false }}
      rowId={({ id }) => id}
      rowLabel={(event) => `${event.role} at ${event.occurredAt}`}
      keys={false}
      filtered={false}
      noun={{ one: 'event', many: 'events' }}
      none={{ title: 'The events of this signal are past their retention' }}
    />
  );
}
