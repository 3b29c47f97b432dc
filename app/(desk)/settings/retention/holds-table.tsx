'use client';

import Link from 'next/link';
import { ActButton } from '#components/desk/act-button.tsx';
import type { Column } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { Hold } from '#lib/events/read-retention.ts';
import { safeText } from '#lib/model/safe-text.ts';

const coverOf = (hold: Hold) =>
  hold.personId === null ? 'everything of this tenant' : safeText(hold.personName ?? 'a person no longer known');

const columns: Column<Hold>[] = [
  {
    id: 'covers',
    label: 'Covers',
    cell: (row) =>
      row.personId === null ? (
        coverOf(row)
      ) : (
        <Link className="text-accent underline" href={`/people/${row.personId}/records`}>
          {coverOf(row)}
        </Link>
      ),
  },
  {
    id: 'state',
    label: 'State',
    cell: (row) => (row.releasedAt ? <Badge>released</Badge> : <Badge tone="medium">in force</Badge>),
  },
  { id: 'reason', label: 'Reason', cell: (row) => safeText(row.reason) },
  {
    id: 'placed',
    label: 'Placed',
    from: 'middle',
    cell: (row) => (
      <span>
        <RelativeTime at={row.placedAt} /> by {safeText(row.placedBy)}
      </span>
    ),
  },
  {
    id: 'acts',
    label: 'Act',
    align: 'end',
    cell: (row) =>
      row.releasedAt ? (
        <span className="text-quiet">
          <RelativeTime at={row.releasedAt} /> by {safeText(row.releasedBy ?? '')}
        </span>
      ) : (
        <ActButton
          label="Release"
          look="danger"
          title={`Release the hold on ${coverOf(row)}`}
          text="What the rules say is over may go from the next hourly run on, and the person may be erased. Other holds stay."
          url={`/api/v1/legal-holds/${row.id}/release`}
          method="POST"
          done="The hold is released."
        />
      ),
  },
];

/** Holds in force, then those that were released. */
export function HoldsTable({ holds }: { holds: Hold[] }) {
  return (
    <DataTable
      caption="Legal holds, those in force first"
      columns={columns}
      page={{ ok: true, rows: holds, next: null, previous: null, total: holds.length, totalIsCapped: false }}
      rowId={({ id }) => id}
      rowLabel={(row) => `hold on ${coverOf(row)}`}
      keys={false}
      filtered={false}
      noun={{ one: 'hold', many: 'holds' }}
      none={{ title: 'Nothing is held', text: 'A hold keeps records that a court or an investigation needs.' }}
    />
  );
}
