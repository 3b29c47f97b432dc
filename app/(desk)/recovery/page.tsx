import type { Metadata } from 'next';
import Link from 'next/link';
import { loadList } from '#app/(desk)/load-list.ts';
import { CasesTable } from '#app/(desk)/recovery/cases-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { recoveryFilter } from '#lib/model/filters/recovery-filter.ts';
import { listRecoveryCases } from '#lib/recovery/list-cases.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Recovery' };

export default async function RecoveryPage({ searchParams }: PageProps<'/recovery'>) {
  const { actor } = await requireOperator('recovery:read', '/recovery');
  const request = readScreenRequest(await searchParams, recoveryFilter, actor);
  const page = loadList(
    readingAs(actor).inTenant(actor.tenantId, (tx) => listRecoveryCases(tx, actor.tenantId, request)),
  );
  return (
    <>
      <PageHeader title="Recovery" counted="people who cannot sign in">
        <Link href="/recovery/attestations" className={buttonClass()}>
          Asked of me
        </Link>
      </PageHeader>
      <FilterBar declaration={recoveryFilter} filter={request.conditions} problems={request.problems}>
        <KeepFilter list="recovery-cases" filter={request.conditions} />
      </FilterBar>
      <CasesTable page={page} filtered={request.conditions.length > 0} />
    </>
  );
}
