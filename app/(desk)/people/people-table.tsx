'use client';

import Link from 'next/link';
import { PersonLabel } from '#components/desk/labels.tsx';
import { SignInCount } from '#components/desk/sign-in-count.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { PersonRow } from '#lib/events/list-people.ts';
import { personFilter } from '#lib/model/filters/person-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';

const columns: Column<PersonRow>[] = [
  {
    id: 'person',
    label: 'Person',
    cell: (row) => <PersonLabel name={row.displayName} email={row.email} subject={row.subject} />,
  },
  { id: 'type', label: 'Account', from: 'middle', cell: (row) => row.accountType },
  { id: 'provider', label: 'Provider', cell: (row) => safeText(row.provider) },
  {
    id: 'live',
    label: 'Live sessions',
    align: 'end',
    cell: (row) => (
      <Link className="text-accent underline" prefetch={false} href={`/sessions?person=${row.id}&state=live,stale`}>
        {row.liveSessions.toLocaleString('en-US')}
      </Link>
    ),
  },
  {
    id: 'signIns',
    label: 'Sign-ins',
    align: 'end',
    from: 'middle',
    cell: (row) => <SignInCount of={{ person: row.id }} outcome="success" count={row.signIns} />,
  },
  {
    id: 'failures',
    label: 'Failures',
    align: 'end',
    from: 'middle',
    cell: (row) => <SignInCount of={{ person: row.id }} outcome="failure" count={row.failures} />,
  },
  { id: 'first', label: 'First seen', from: 'wide', cell: (row) => <RelativeTime at={row.firstSeenAt} /> },
  { id: 'last', label: 'Last seen', cell: (row) => <RelativeTime at={row.lastSeenAt} /> },
  { id: 'subject', label: 'Subject', hidden: true, cell: (row) => safeText(row.subject) },
];

export function PeopleTable({ page, filtered }: { page: Promise<Loaded<PersonRow>>; filtered: boolean }) {
  return (
    <DataTable
      caption="People, latest seen first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={({ id }) => `/people/${id}`}
      rowLabel={(row) => safeText(row.displayName ?? row.email ?? row.subject)}
      filtered={filtered}
      noun={personFilter.noun}
      none={{
        title: 'Nobody has been seen yet',
        text: 'A person appears with the first event that names them. They are known by issuer and subject, never by e-mail.',
      }}
    />
  );
}
