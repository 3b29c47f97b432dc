'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { Button } from '#components/ui/button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { toast } from '#components/ui/toast.tsx';
import type { QuarantineRow } from '#lib/events/sources/list-quarantine.ts';
import type { ReplaySummary } from '#lib/events/sources/replay-quarantine.ts';
import { quarantineFilter } from '#lib/model/filters/quarantine-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';

const columns: Column<QuarantineRow>[] = [
  {
    id: 'reason',
    label: 'Reason',
    cell: (row) => (
      <>
        <span className="font-mono text-xs">{safeText(row.code)}</span>
        <span className="block text-quiet text-xs">{safeText(row.message)}</span>
      </>
    ),
  },
  { id: 'provider', label: 'Provider', cell: (row) => row.provider },
  {
    id: 'record',
    label: 'Begins with',
    cell: (row) => <code className="block max-w-md truncate text-xs">{safeText(row.beginning)}</code>,
  },
  { id: 'bytes', label: 'Bytes', align: 'end', from: 'wide', cell: (row) => row.bytes.toLocaleString('en-US') },
  { id: 'received', label: 'Received', cell: (row) => <RelativeTime at={row.receivedAt} /> },
];

export function QuarantineTable({
  page,
  filtered,
  mayReplay,
}: {
  page: Promise<Loaded<QuarantineRow>>;
  filtered: boolean;
  mayReplay: boolean;
}) {
  return (
    <DataTable
      caption="Quarantined records, latest first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowLabel={(row) => `${safeText(row.code)} from ${row.provider}`}
      filtered={filtered}
      noun={quarantineFilter.noun}
      none={{ title: 'Nothing is quarantined', text: 'Every record that came could be read.' }}
      {...(mayReplay
        ? { bulk: (rows: QuarantineRow[], clear: () => void) => <ReplayTicked rows={rows} done={clear} /> }
        : {})}
    />
  );
}

/** Replays the ticked records, a request a provider. */
function ReplayTicked({ rows, done }: { rows: QuarantineRow[]; done: () => void }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const replay = async () => {
    setWorking(true);
    let stored = 0;
    let still = 0;
    for (const [providerId, own] of Map.groupBy(rows, (row) => row.providerId)) {
      const called = await callDesk<ReplaySummary>('POST', `/api/v1/providers/${providerId}/replay`, {
        records: own.map(({ id }) => id),
      });
      if (!called.ok) {
        toast({ tone: 'problem', text: called.message });
        break;
      }
      stored += called.answer.stored + called.answer.duplicate;
      still += called.answer.stillQuarantined;
    }
    setWorking(false);
    if (stored + still > 0) toast({ text: `${stored} replayed, ${still} still cannot be read.` });
    done();
    router.refresh();
  };
  return (
    <Button look="primary" disabled={working} onClick={replay}>
      {working ? 'Replaying…' : `Replay ${rows.length}`}
    </Button>
  );
}
