'use client';

import { useOpenHref } from '#components/desk/side-panel.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { Badge, type Tone } from '#components/ui/badge.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { AuditRow } from '#lib/audit/list-audit.ts';
import { auditFilter } from '#lib/model/filters/audit-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';

const tones: Record<string, Tone> = { success: 'plain', refused: 'high', failure: 'critical' };

const columns: Column<AuditRow>[] = [
  { id: 'action', label: 'Action', cell: (row) => safeText(row.action) },
  { id: 'outcome', label: 'Outcome', cell: (row) => <Badge tone={tones[row.outcome] ?? 'plain'}>{row.outcome}</Badge> },
  { id: 'who', label: 'Who', cell: (row) => safeText(row.actorLabel) },
  {
    id: 'target',
    label: 'Target',
    from: 'middle',
    cell: (row) => (row.targetType ? `${row.targetType.replaceAll('_', ' ')} ${row.targetId?.slice(0, 8)}…` : ''),
  },
  {
    id: 'reason',
    label: 'Reason',
    from: 'wide',
    cell: (row) => <span className="clip">{safeText(row.reason ?? '')}</span>,
  },
  { id: 'at', label: 'When', cell: (row) => <RelativeTime at={row.at} /> },
  { id: 'seq', label: 'No.', align: 'end', cell: (row) => row.seq.toLocaleString('en-US') },
  {
    id: 'hash',
    label: 'Hash',
    from: 'middle',
    cell: (row) => (
      <span className="font-mono text-xs" title={row.hash}>
        {row.hash.slice(0, 12)}
      </span>
    ),
  },
];

export function AuditTable({
  page,
  filtered,
  currentId,
}: {
  page: Promise<Loaded<AuditRow>>;
  filtered: boolean;
  currentId: string | null;
}) {
  const href = useOpenHref();
  return (
    <DataTable
      caption="Audit entries, latest first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowHref={({ id }) => href(id)}
      currentId={currentId}
      rowLabel={(row) => `entry ${row.seq}: ${row.action}`}
      filtered={filtered}
      noun={auditFilter.noun}
      none={{ title: 'Nothing was done yet', text: 'Everything anybody does here gets an entry.' }}
    />
  );
}
