'use client';

import Link from 'next/link';
import { PersonLabel, PlaceLabel } from '#components/desk/labels.tsx';
import { SignInCount } from '#components/desk/sign-in-count.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { DeviceRow } from '#lib/events/list-devices.ts';
import { deviceFilter } from '#lib/model/filters/device-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';

const columns: Column<DeviceRow>[] = [
  {
    id: 'device',
    label: 'Device',
    cell: (row) => (
      <>
        {safeText(row.label)}
        <span className="ml-2 text-quiet text-xs">{row.strong ? 'registered' : ''}</span>
      </>
    ),
  },
  {
    id: 'person',
    label: 'Person',
    cell: (row) => (
      <Link href={`/people/${row.personId}`} prefetch={false} className="hover:text-accent">
        <PersonLabel name={row.personName} email={row.personEmail} subject={row.personSubject} />
      </Link>
    ),
  },
  { id: 'place', label: 'Place', cell: (row) => <PlaceLabel city={row.city} country={row.country} ip={row.ip} /> },
  {
    id: 'live',
    label: 'Live sessions',
    align: 'end',
    cell: (row) => (
      <Link className="text-accent underline" href={`/sessions?device=${row.id}&state=live,stale`}>
        {row.liveSessions}
      </Link>
    ),
  },
  {
    id: 'signIns',
    label: 'Sign-ins',
    align: 'end',
    from: 'middle',
    cell: (row) => <SignInCount of={{ device: row.id }} outcome="success" count={row.signIns} />,
  },
  {
    id: 'failures',
    label: 'Failures',
    align: 'end',
    from: 'wide',
    cell: (row) => <SignInCount of={{ device: row.id }} outcome="failure" count={row.failures} />,
  },
  { id: 'first', label: 'First seen', from: 'middle', cell: (row) => <RelativeTime at={row.firstSeenAt} /> },
  { id: 'last', label: 'Last seen', cell: (row) => <RelativeTime at={row.lastSeenAt} /> },
];

export function DevicesTable({ page, filtered }: { page: Promise<Loaded<DeviceRow>>; filtered: boolean }) {
  return (
    <DataTable
      caption="Devices, latest seen first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={({ id }) => `/sessions?device=${id}`}
      rowLabel={(row) =>
        `${safeText(row.label)} of ${safeText(row.personName ?? row.personEmail ?? row.personSubject)}`
      }
      filtered={filtered}
      noun={deviceFilter.noun}
      none={{
        title: 'No device has been seen yet',
        text: 'Devices appear with the first sign-ins that say what they came from.',
      }}
    />
  );
}
