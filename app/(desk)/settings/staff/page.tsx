import type { Metadata } from 'next';
import Link from 'next/link';
import { loadList } from '#app/(desk)/load-list.ts';
import { StaffTable } from '#app/(desk)/settings/staff/staff-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { operatorFilter } from '#lib/model/filters/operator-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { administratorsLeft } from '#lib/staff/last-administrators.ts';
import { listOperators } from '#lib/staff/list-operators.ts';

export const metadata: Metadata = { title: 'Staff' };

export default async function StaffPage({ searchParams }: PageProps<'/settings/staff'>) {
  const { actor } = await requireOperator('staff:read', '/settings/staff');
  const request = readScreenRequest(await searchParams, operatorFilter, actor);
  const database = readingAs(actor);
  const page = loadList(database.inTenant(actor.tenantId, (tx) => listOperators(tx, actor.tenantId, request)));
  const left = await database.inTenant(actor.tenantId, (tx) => administratorsLeft(tx, actor.tenantId));
  return (
    <>
      <PageHeader title="Staff">
        {actor.permissions.has('staff:manage') ? (
          <Link href="/settings/staff/invite" className={buttonClass('primary')}>
            Invite somebody
          </Link>
        ) : null}
      </PageHeader>
      {left.able < 2 && !left.sealed ? (
        <p role="status" className="mb-4 rounded-md border border-high p-3 text-sm">
          <strong>{left.able === 1 ? 'One administrator is left.' : 'No administrator can act.'}</strong> If they lose
          their passkeys, nobody can run this desk. Invite a second administrator or{' '}
          <Link href="/settings/break-glass" className="underline">
            seal a break-glass account
          </Link>
          .
        </p>
      ) : null}
      <FilterBar declaration={operatorFilter} filter={request.conditions} problems={request.problems}>
        <KeepFilter list="operators" filter={request.conditions} />
      </FilterBar>
      <StaffTable page={page} filtered={request.conditions.length > 0} />
    </>
  );
}
