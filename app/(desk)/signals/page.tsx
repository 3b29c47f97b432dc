import type { Metadata } from 'next';
import { loadList } from '#app/(desk)/load-list.ts';
import { SignalsTable } from '#app/(desk)/signals/signals-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { signalFilter } from '#lib/model/filters/signal-filter.ts';
import { listSignals } from '#lib/signals/list-signals.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Signals' };

export default async function SignalsPage({ searchParams }: PageProps<'/signals'>) {
  const { actor } = await requireOperator('signals:read', '/signals');
  const request = readScreenRequest(await searchParams, signalFilter);
  const page = loadList(pool('desk').inTenant(actor.tenantId, (tx) => listSignals(tx, actor.tenantId, request)));
  return (
    <>
      <PageHeader title="Signals" />
      <FilterBar declaration={signalFilter} filter={request.conditions} problems={request.problems} />
      <SignalsTable page={page} filtered={request.conditions.length > 0} />
    </>
  );
}
