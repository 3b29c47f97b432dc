import type { Metadata } from 'next';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { loadList } from '#app/(desk)/load-list.ts';
import { SessionsTable } from '#app/(desk)/sessions/sessions-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { ShortcutLink } from '#components/shell/shortcut-link.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { listSessions } from '#lib/events/list-sessions.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { filterToParams } from '#lib/model/filter.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Sessions' };

export default async function SessionsPage({ searchParams }: PageProps<'/sessions'>) {
  const { actor } = await requireOperator('sessions:read', '/sessions');
  const request = readScreenRequest(await searchParams, sessionFilter);
  const page = loadList(pool('desk').inTenant(actor.tenantId, (tx) => listSessions(tx, actor.tenantId, request)));
  return (
    <>
      <PageHeader title="Sessions">
        {actor.permissions.has('revocations:propose') ? (
          <ShortcutLink
            href={`/revocations/new?${new URLSearchParams(filterToParams(request.conditions, sessionFilter))}`}
            keys="R"
            label="Revoke what matches"
            group="Contain"
          >
            Revoke what matches…
          </ShortcutLink>
        ) : null}
      </PageHeader>
      <FilterBar declaration={sessionFilter} filter={request.conditions} problems={request.problems} />
      <SessionsTable
        page={page}
        filtered={request.conditions.length > 0}
        mayRevoke={actor.permissions.has('revocations:propose')}
      />
      <Attribution />
    </>
  );
}
