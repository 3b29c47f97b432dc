'use client';

import { EndOfSession } from '#components/desk/end-of-session.tsx';
import { PlaceLabel } from '#components/desk/labels.tsx';
import { SessionState } from '#components/desk/session-state.tsx';
import { SignInCount } from '#components/desk/sign-in-count.tsx';
import type { Column } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { Severity } from '#components/ui/severity.tsx';
import type { DeviceRow } from '#lib/events/list-devices.ts';
import type { SessionRow } from '#lib/events/list-sessions.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { signalStateWords } from '#lib/model/signal.ts';
import type { SignalRow } from '#lib/signals/list-signals.ts';

const whole = <Row,>(rows: Row[]) => ({
  ok: true as const,
  rows,
  next: null,
  previous: null,
  total: rows.length,
  totalIsCapped: false,
});

const sessionColumns: Column<SessionRow>[] = [
  { id: 'device', label: 'Device', cell: (row) => safeText(row.deviceLabel ?? 'Unknown device') },
  { id: 'state', label: 'State', cell: (row) => <SessionState state={row.state} /> },
  { id: 'place', label: 'Place', cell: (row) => <PlaceLabel {...row} /> },
  {
    id: 'clients',
    label: 'Applications',
    from: 'middle',
    cell: (row) => <span className="clip">{safeText(row.clients.join(', '))}</span>,
  },
  { id: 'seen', label: 'Last seen', cell: (row) => <RelativeTime at={row.lastSeenAt} /> },
  {
    id: 'ended',
    label: 'Ended',
    from: 'middle',
    cell: (row) => <EndOfSession {...row} />,
  },
];

export function PersonSessions({ rows }: { rows: SessionRow[] }) {
  return (
    <DataTable
      caption="Sessions of this person, latest seen first"
      columns={sessionColumns}
      page={whole(rows)}
      rowId={({ id }) => id}
      rowHref={(row) => `/sessions?person=${row.personId}&open=${row.id}`}
      rowLabel={(row) => `session on ${safeText(row.deviceLabel ?? 'an unknown device')}`}
      filtered={false}
      noun={{ one: 'session', many: 'sessions' }}
      none={{ title: 'No session of this person was reported' }}
    />
  );
}

const deviceColumns: Column<DeviceRow>[] = [
  { id: 'device', label: 'Device', cell: (row) => safeText(row.label) },
  { id: 'place', label: 'Place', cell: (row) => <PlaceLabel {...row} /> },
  {
    id: 'signIns',
    label: 'Sign-ins',
    align: 'end',
    cell: (row) => <SignInCount of={{ device: row.id }} outcome="success" count={row.signIns} />,
  },
  {
    id: 'failures',
    label: 'Failures',
    align: 'end',
    cell: (row) => <SignInCount of={{ device: row.id }} outcome="failure" count={row.failures} />,
  },
  { id: 'first', label: 'First seen', from: 'middle', cell: (row) => <RelativeTime at={row.firstSeenAt} /> },
  { id: 'last', label: 'Last seen', cell: (row) => <RelativeTime at={row.lastSeenAt} /> },
];

export function PersonDevices({ rows }: { rows: DeviceRow[] }) {
  return (
    <DataTable
      caption="Devices of this person, latest seen first"
      columns={deviceColumns}
      page={whole(rows)}
      rowId={({ id }) => id}
      rowHref={({ id }) => `/sessions?device=${id}`}
      rowLabel={({ label }) => safeText(label)}
      keys={false}
      filtered={false}
      noun={{ one: 'device', many: 'devices' }}
      none={{ title: 'No record of this person names a device' }}
    />
  );
}

const signalColumns: Column<SignalRow>[] = [
  { id: 'signal', label: 'Signal', cell: (row) => safeText(row.title) },
  { id: 'severity', label: 'Severity', cell: (row) => <Severity level={row.severity} /> },
  { id: 'state', label: 'State', cell: (row) => signalStateWords[row.state] },
  { id: 'last', label: 'Last', cell: (row) => <RelativeTime at={row.lastAt} /> },
];

export function PersonSignals({ rows }: { rows: SignalRow[] }) {
  return (
    <DataTable
      caption="Signals of this person, latest first"
      columns={signalColumns}
      page={whole(rows)}
      rowId={({ id }) => id}
      rowHref={({ id }) => `/signals/${id}`}
      rowLabel={({ title }) => safeText(title)}
      keys={false}
      filtered={false}
      noun={{ one: 'signal', many: 'signals' }}
      none={{ title: 'No signal of this person' }}
    />
  );
}
