import type { Metadata } from 'next';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { EventsTable } from '#app/(desk)/events/events-table.tsx';
import { filterContext } from '#app/(desk)/filter-context.ts';
import { listAddress } from '#app/(desk)/list-address.ts';
import { loadList } from '#app/(desk)/load-list.ts';
import { RevokeByEvents } from '#app/(desk)/sessions/scope-acts.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { listEvents } from '#lib/events/list-events.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Events' };

export default async function EventsPage({ searchParams }: PageProps<'/events'>) {
  const { actor } = await requireOperator('events:read', '/events');
  const request = readScreenRequest(await searchParams, eventFilter, actor);
  const page = loadList(readingAs(actor).inTenant(actor.tenantId, (tx) => listEvents(tx, actor.tenantId, request)));
  return (
    <>
      <PageHeader title="Events">
        {actor.permissions.has('revocations:propose') && request.conditions.length > 0 ? (
          <RevokeByEvents filter={request.conditions} />
        ) : null}
      </PageHeader>
      <FilterBar
        declaration={eventFilter}
        filter={request.conditions}
        problems={request.problems}
        {...(await filterContext(actor, request.conditions))}
      >
        <KeepFilter list="events" filter={request.conditions} formats={['ndjson', 'csv', 'ocsf']} />
      </FilterBar>
      <EventsTable
        page={page}
        api={listAddress('events', request.conditions, eventFilter)}
        filtered={request.conditions.length > 0}
      />
      <Attribution />
    </>
  );
}
