import type { Metadata } from 'next';
import { Suspense } from 'react';
import { AuditTable } from '#app/(desk)/audit/audit-table.tsx';
import { BundleButton } from '#app/(desk)/audit/bundle-button.tsx';
import { EntryPanel } from '#app/(desk)/audit/entry-panel.tsx';
import { loadList } from '#app/(desk)/load-list.ts';
import { openedId } from '#app/(desk)/opened-id.ts';
import { PageHeader } from '#components/desk/page-header.tsx';
import { BesideList } from '#components/desk/side-panel.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { Loading } from '#components/ui/empty.tsx';
import { listAudit } from '#lib/audit/list-audit.ts';
import { mayReadAddresses, readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { auditFilter } from '#lib/model/filters/audit-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Audit' };

export default async function AuditPage({ searchParams }: PageProps<'/audit'>) {
  const { actor } = await requireOperator('audit:read', '/audit');
  const search = await searchParams;
  const request = readScreenRequest(search, auditFilter, actor);
  const open = openedId(search);
  const page = loadList(readingAs(actor).inTenant(actor.tenantId, (tx) => listAudit(tx, actor.tenantId, request)));
  return (
    <>
      <PageHeader title="Audit">{mayReadAddresses(actor) ? <BundleButton /> : null}</PageHeader>
      <FilterBar declaration={auditFilter} filter={request.conditions} problems={request.problems}>
        <KeepFilter list="audit" filter={request.conditions} formats={['ndjson', 'csv']} />
      </FilterBar>
      <BesideList
        list={<AuditTable page={page} filtered={request.conditions.length > 0} currentId={open} />}
        panel={
          open ? (
            <Suspense key={open} fallback={<Loading />}>
              <EntryPanel actor={actor} id={open} />
            </Suspense>
          ) : null
        }
      />
    </>
  );
}
