'use client';

import Link from 'next/link';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { operatorFilter } from '#lib/model/filters/operator-filter.ts';
import { isPermission, permissionsOf } from '#lib/model/permissions.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { separationConflicts } from '#lib/model/separation-of-duties.ts';
import type { OperatorRow } from '#lib/staff/list-operators.ts';

const columns: Column<OperatorRow>[] = [
  {
    id: 'operator',
    label: 'Operator',
    cell: (row) => (
      <>
        {safeText(row.displayName)}
        <span className="block text-quiet text-xs">{safeText(row.email)}</span>
      </>
    ),
  },
  {
    id: 'roles',
    label: 'Roles',
    cell: (row) => (
      <span className="flex flex-wrap gap-1">
        {row.roles.map(({ role }) => (
          <Badge key={role}>{role}</Badge>
        ))}
      </span>
    ),
  },
  {
    id: 'state',
    label: 'State',
    cell: (row) => <Badge tone={row.state === 'active' ? 'good' : 'high'}>{row.state}</Badge>,
  },
  {
    id: 'duties',
    label: 'Both hands',
    from: 'middle',
    cell: (row) => {
      const held = permissionsOf(
        row.roles.map(({ role }) => role),
        row.customPermissions.filter(isPermission),
      );
      const conflicts = separationConflicts(held);
      return conflicts.length === 0 ? (
        <span className="text-quiet">none</span>
      ) : (
        <span title={conflicts.map(({ title }) => title).join(' · ')}>{conflicts.length} flagged</span>
      );
    },
  },
  { id: 'passkeys', label: 'Passkeys', align: 'end', from: 'wide', cell: (row) => row.passkeys },
  {
    id: 'sessions',
    label: 'Live sessions',
    align: 'end',
    from: 'middle',
    cell: (row) => (
      <Link className="text-accent underline" href={`/settings/staff/${row.id}#sessions`}>
        {row.liveSessions}
      </Link>
    ),
  },
  {
    id: 'seen',
    label: 'Last here',
    cell: (row) => (row.lastSeenAt ? <RelativeTime at={row.lastSeenAt} /> : <span className="text-quiet">never</span>),
  },
];

export function StaffTable({ page, filtered }: { page: Promise<Loaded<OperatorRow>>; filtered: boolean }) {
  return (
    <DataTable
      caption="Operators, newest first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={({ id }) => `/settings/staff/${id}`}
      rowLabel={(row) => `${safeText(row.displayName)}, ${safeText(row.email)}`}
      filtered={filtered}
      noun={operatorFilter.noun}
      none={{
        title: 'Nobody is here yet',
        text: 'Operators appear when they have used their invitation.',
        act: (
          <Link href="/settings/staff/invite" className={buttonClass('primary')}>
            Invite somebody
          </Link>
        ),
      }}
    />
  );
}
