import type { Metadata } from 'next';
import { Suspense } from 'react';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { filterContext } from '#app/(desk)/filter-context.ts';
import { listAddress } from '#app/(desk)/list-address.ts';
import { loadList } from '#app/(desk)/load-list.ts';
import { openedId } from '#app/(desk)/opened-id.ts';
import { RevokeMatching } from '#app/(desk)/sessions/scope-acts.tsx';
import { SessionPanel } from '#app/(desk)/sessions/session-panel.tsx';
import { SessionsTable } from '#app/(desk)/sessions/sessions-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { BesideList } from '#components/desk/side-panel.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { Loading } from '#components/ui/empty.tsx';
import { listSessions } from '#lib/events/list-sessions.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Sessions' };

export default async function SessionsPage({ searchParams }: PageProps<'/sessions'>) {
  const { actor } = await requireOperator('sessions:read', '/sessions');
  const search = await searchParams;
  const request = readScreenRequest(search, sessionFilter, actor);
  const page = loadList(readingAs(actor).inTenant(actor.tenantId, (tx) => listSessions(tx, actor.tenantId, request)));
  const mayRevoke = actor.permissions.has('revocations:propose');
  const open = openedId(search);
  return (
    <>
      <PageHeader title="Sessions">{mayRevoke ? <RevokeMatching filter={request.conditions} /> : null}</PageHeader>
      <FilterBar
        declaration={sessionFilter}
        filter={request.conditions}
        problems={request.problems}
        {...(await filterContext(actor, request.conditions))}
      >
        <KeepFilter list="sessions" filter={request.conditions} formats={['ndjson', 'csv']} />
      </FilterBar>
      <BesideList
        list={
          <SessionsTable
            page={page}
            api={listAddress('sessions', request.conditions, sessionFilter)}
            filtered={request.conditions.length > 0}
            mayRevoke={mayRevoke}
            currentId={open}
          />
        }
        panel={
          open ? (
            <Suspense key={open} fallback={<Loading />}>
              <SessionPanel actor={actor} id={open} mayRevoke={mayRevoke} />
            </Suspense>
          ) : null
        }
      />
      <Attribution />
    </>
  );
}
