'use client';

import Link from 'next/link';
import { proposalTones } from '#app/(desk)/proposals/proposal-tones.ts';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { ProposalRow } from '#lib/approvals/list-proposals.ts';
import { proposalFilter } from '#lib/model/filters/proposal-filter.ts';
import { kindWords, proposalStateWords } from '#lib/model/operations.ts';
import { safeText } from '#lib/model/safe-text.ts';

const hrefOf = (row: ProposalRow) =>
  row.state === 'draft' && row.kind === 'revoke-sessions'
    ? `/revocations/${row.id}`
    : row.runId
      ? `/runs/${row.runId}`
      : `/proposals/${row.id}`;

const columns: Column<ProposalRow>[] = [
  { id: 'reason', label: 'What for', cell: (row) => <span className="clip">{safeText(row.reason)}</span> },
  { id: 'kind', label: 'Kind', from: 'middle', cell: (row) => kindWords[row.kind].name },
  {
    id: 'targets',
    label: 'Targets',
    align: 'end',
    cell: (row) => row.targets.toLocaleString('en-US'),
  },
  {
    id: 'state',
    label: 'State',
    cell: (row) => (
      <Badge tone={proposalTones[row.state]} title={proposalStateWords[row.state].sentence}>
        {proposalStateWords[row.state].label}
      </Badge>
    ),
  },
  {
    id: 'signed',
    label: 'Signed',
    from: 'middle',
    cell: (row) => (row.approvalsNeeded === 0 ? 'nobody else needed' : `${row.approvals} of ${row.approvalsNeeded}`),
  },
  { id: 'proposer', label: 'Proposed by', cell: (row) => safeText(row.proposer) },
  { id: 'created', label: 'When', cell: (row) => <RelativeTime at={row.createdAt} /> },
  {
    id: 'act',
    label: 'Act',
    align: 'end',
    cell: (row) =>
      row.waitsForMe ? (
        <Link className={buttonClass('primary')} href={`/proposals/${row.id}`}>
          Review and sign
        </Link>
      ) : null,
  },
];

export function ProposalsTable({
  page,
  filtered,
  none,
}: {
  page: Promise<Loaded<ProposalRow>>;
  filtered: boolean;
  none: { title: string; text: string };
}) {
  return (
    <DataTable
      caption="Proposals, latest first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={hrefOf}
      rowLabel={({ reason }) => safeText(reason)}
      filtered={filtered}
      noun={proposalFilter.noun}
      none={none}
    />
  );
}
