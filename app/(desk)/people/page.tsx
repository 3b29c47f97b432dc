import type { Metadata } from 'next';
import { filterContext } from '#app/(desk)/filter-context.ts';
import { loadList } from '#app/(desk)/load-list.ts';
import { PeopleTable } from '#app/(desk)/people/people-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { listPeople } from '#lib/events/list-people.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { personFilter } from '#lib/model/filters/person-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'People' };

export default async function PeoplePage({ searchParams }: PageProps<'/people'>) {
  const { actor } = await requireOperator('people:read', '/people');
  const request = readScreenRequest(await searchParams, personFilter, actor);
  const page = loadList(readingAs(actor).inTenant(actor.tenantId, (tx) => listPeople(tx, actor.tenantId, request)));
  return (
    <>
      <PageHeader title="People" />
      <FilterBar
        declaration={personFilter}
        filter={request.conditions}
        problems={request.problems}
        {...(await filterContext(actor, request.conditions))}
      >
        <KeepFilter list="people" filter={request.conditions} formats={['ndjson', 'csv']} />
      </FilterBar>
      <PeopleTable page={page} filtered={request.conditions.length > 0} />
    </>
  );
}
