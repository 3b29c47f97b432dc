import type { Metadata } from 'next';
import { filterContext } from '#app/(desk)/filter-context.ts';
import { loadList } from '#app/(desk)/load-list.ts';
import { QuarantineTable } from '#app/(desk)/quarantine/quarantine-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { listQuarantine } from '#lib/events/sources/list-quarantine.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { quarantineFilter } from '#lib/model/filters/quarantine-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Quarantine' };

export default async function QuarantinePage({ searchParams }: PageProps<'/quarantine'>) {
  const { actor } = await requireOperator('providers:read', '/quarantine');
  const request = readScreenRequest(await searchParams, quarantineFilter, actor);
  const page = loadList(readingAs(actor).inTenant(actor.tenantId, (tx) => listQuarantine(tx, actor.tenantId, request)));
  return (
    <>
      <PageHeader title="Quarantine" />
      <p className="mb-4 max-w-3xl text-quiet">
        Records that could not become events, kept as they came. Once a mapping or a sender is mended, replay them: what
        can be read then is stored like any other record.
      </p>
      <FilterBar
        declaration={quarantineFilter}
        filter={request.conditions}
        problems={request.problems}
        {...(await filterContext(actor, request.conditions))}
      >
        <KeepFilter list="quarantine" filter={request.conditions} />
      </FilterBar>
      <QuarantineTable
        page={page}
        filtered={request.conditions.length > 0}
        mayReplay={actor.permissions.has('providers:manage')}
      />
    </>
  );
}
