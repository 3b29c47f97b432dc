'use client';

import { ActButton } from '#components/desk/act-button.tsx';
import type { Column } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { RetentionRule } from '#lib/events/read-retention.ts';
import { safeText } from '#lib/model/safe-text.ts';

const nameOf = (type: string) => (type === '*' ? 'all others' : type.replaceAll('_', ' '));

const columns: Column<RetentionRule>[] = [
  { id: 'type', label: 'Events of the type', cell: (row) => nameOf(row.eventType) },
  { id: 'days', label: 'Kept', cell: (row) => `${row.keepDays.toLocaleString('en-US')} days` },
  {
    id: 'set',
    label: 'Set',
    from: 'middle',
    cell: (row) => (
      <span>
        <RelativeTime at={row.setAt} /> by {safeText(row.setBy)}
      </span>
    ),
  },
  {
    id: 'acts',
    label: 'Act',
    align: 'end',
    cell: (row) => (
      <ActButton
        label="Take away"
        title={`Keep ${nameOf(row.eventType)} without this rule`}
        text={
          row.eventType === '*'
            ? 'Types without a rule of their own are then kept for ever. What went is not brought back.'
            : 'They are then kept as long as all others are. Where those are kept a shorter time, some go within the hour.'
        }
        url="/api/v1/retention"
        method="PUT"
        body={{ eventType: row.eventType, keepDays: null }}
        done="The rule is taken away."
      />
    ),
  },
];

/** A tenant's rules, one a type. */
export function RulesTable({ rules }: { rules: RetentionRule[] }) {
  return (
    <DataTable
      caption="Rules of retention, by type"
      columns={columns}
      page={{ ok: true, rows: rules, next: null, previous: null, total: rules.length, totalIsCapped: false }}
      rowId={({ eventType }) => eventType}
      rowLabel={({ eventType }) => nameOf(eventType)}
      keys={false}
      filtered={false}
      noun={{ one: 'rule', many: 'rules' }}
      none={{ title: 'Everything is kept for ever', text: 'No rule is set. The form below shows what one would take.' }}
    />
  );
}
