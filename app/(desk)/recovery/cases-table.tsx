'use client';

import { PersonLabel } from '#components/desk/labels.tsx';
import { RiskBadge, StateBadge } from '#components/recovery/case-badges.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { recoveryFilter } from '#lib/model/filters/recovery-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';
import type { RecoveryCaseRow } from '#lib/recovery/list-cases.ts';

const columns: Column<RecoveryCaseRow>[] = [
  { id: 'number', label: 'Case', cell: (row) => <span className="font-mono">{row.number}</span> },
  {
    id: 'person',
    label: 'Person',
    cell: (row) =>
      row.personId ? (
        <PersonLabel name={row.personName} email={row.personEmail} />
      ) : (
        <span className="text-quiet">Nobody found for “{safeText(row.identifier)}”</span>
      ),
  },
  {
    id: 'state',
    label: 'State',
    cell: (row) => (
      <span className="inline-flex flex-wrap gap-1">
        <StateBadge state={row.state} />
        {row.problem ? <Badge tone="critical">stuck</Badge> : null}
      </span>
    ),
  },
  {
    id: 'proofs',
    label: 'Proofs',
    cell: (row) => `${row.proofsPassed} passed${row.proofsAsked > 0 ? `, ${row.proofsAsked} asked for` : ''}`,
  },
  {
    id: 'risk',
    label: 'Risk',
    from: 'middle',
    cell: (row) => (row.risk ? <RiskBadge level={row.risk} /> : <span className="text-quiet">not proposed</span>),
  },
  { id: 'reviewer', label: 'Works on it', from: 'wide', cell: (row) => safeText(row.reviewer ?? 'nobody yet') },
  { id: 'created', label: 'Asked', cell: (row) => <RelativeTime at={row.createdAt} /> },
];

export function CasesTable({ page, filtered }: { page: Promise<Loaded<RecoveryCaseRow>>; filtered: boolean }) {
  return (
    <DataTable
      caption="Recovery cases, newest first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={({ id }) => `/recovery/${id}`}
      rowLabel={(row) => `${row.number} of ${safeText(row.personName ?? row.identifier)}`}
      filtered={filtered}
      noun={recoveryFilter.noun}
      none={{
        title: 'Nobody has asked for help yet',
        text: 'People who cannot sign in ask at /recover; their cases appear here.',
      }}
    />
  );
}
