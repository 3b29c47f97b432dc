'use client';

import { RevokeButton } from '#app/(desk)/sessions/revoke-button.tsx';
import { RevokeTicked } from '#app/(desk)/sessions/scope-acts.tsx';
import { EndOfSession } from '#components/desk/end-of-session.tsx';
import { PersonLabel, PlaceLabel } from '#components/desk/labels.tsx';
import { SessionState } from '#components/desk/session-state.tsx';
import { useOpenHref } from '#components/desk/side-panel.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { SessionRow } from '#lib/events/list-sessions.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';

const nameOf = (row: SessionRow) => safeText(row.personName ?? row.personEmail ?? row.personSubject ?? 'this session');

const columns: Column<SessionRow>[] = [
  {
    id: 'person',
    label: 'Person',
    cell: (row) => <PersonLabel name={row.personName} email={row.personEmail} subject={row.personSubject} />,
  },
  { id: 'state', label: 'State', cell: (row) => <SessionState state={row.state} /> },
  { id: 'place', label: 'Place', cell: (row) => <PlaceLabel city={row.city} country={row.country} ip={row.ip} /> },
  { id: 'device', label: 'Device', from: 'middle', cell: (row) => safeText(row.deviceLabel ?? 'Unknown device') },
  {
    id: 'clients',
    label: 'Applications',
    from: 'wide',
    cell: (row) => (
      <span className="clip" title={safeText(row.clients.join(', '))}>
        {safeText(row.clients.join(', '))}
      </span>
    ),
  },
  { id: 'provider', label: 'Provider', from: 'middle', cell: (row) => safeText(row.providerName) },
  { id: 'seen', label: 'Last seen', cell: (row) => <RelativeTime at={row.lastSeenAt} /> },
  { id: 'started', label: 'Started', from: 'wide', cell: (row) => <RelativeTime at={row.startedAt} /> },
  {
    id: 'ended',
    label: 'Ended',
    hidden: true,
    cell: (row) => <EndOfSession {...row} />,
  },
];

export function SessionsTable({
  page,
  filtered,
  mayRevoke,
  currentId,
  api,
}: {
  page: Promise<Loaded<SessionRow>>;
  filtered: boolean;
  mayRevoke: boolean;
  currentId: string | null;
  /** This list in the API, with its filter. */
  api: string;
}) {
  const href = useOpenHref();
  const act: Column<SessionRow> = {
    id: 'act',
    label: 'Act',
    align: 'end',
    cell: (row) => (
      <RevokeButton sessionId={row.id} who={nameOf(row)} ended={row.endedAt !== null} revocation={row.revocation} />
    ),
  };
  return (
    <DataTable
      caption="Sessions, latest seen first"
      columns={mayRevoke ? [...columns, act] : columns}
      page={page}
      {...(mayRevoke ? { bulk: (rows: SessionRow[]) => <RevokeTicked ids={rows.map(({ id }) => id)} /> } : {})}
      rowId={({ id }) => id}
      rowLabel={nameOf}
      rowHref={({ id }) => href(id)}
      currentId={currentId}
      filtered={filtered}
      live={{ topics: ['events'], api }}
      noun={sessionFilter.noun}
      none={{
        title: 'No session has been reported yet',
        text: 'Sessions appear here with the first sign-ins a provider sends.',
      }}
    />
  );
}
