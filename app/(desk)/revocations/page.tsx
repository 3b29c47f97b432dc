import type { Metadata } from 'next';
import { loadList } from '#app/(desk)/load-list.ts';
import { ProposalsTable } from '#app/(desk)/proposals/proposals-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { ShortcutLink } from '#components/shell/shortcut-link.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { listProposals } from '#lib/approvals/list-proposals.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { searchableLists } from '#lib/model/searchable-lists.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Revocations' };

const { filter } = searchableLists.revocations;
const ofRevocations = { field: 'kind', op: 'is' as const, value: ['revoke-sessions'] };

export default async function RevocationsPage({ searchParams }: PageProps<'/revocations'>) {
  const { actor } = await requireOperator('revocations:read', '/revocations');
  const request = readScreenRequest(await searchParams, filter, actor);
  const page = loadList(
    readingAs(actor).inTenant(actor.tenantId, (tx) =>
      listProposals(tx, actor, { ...request, conditions: [...request.conditions, ofRevocations] }),
    ),
  );
  return (
    <>
      <PageHeader title="Revocations">
        {actor.permissions.has('revocations:propose') ? (
          <ShortcutLink href="/revocations/new" keys="n" label="New revocation" group="Revocations" look="primary">
            New revocation
          </ShortcutLink>
        ) : null}
      </PageHeader>
      <FilterBar declaration={filter} filter={request.conditions} problems={request.problems}>
        <KeepFilter list="revocations" filter={request.conditions} />
      </FilterBar>
      <ProposalsTable
        page={page}
        filtered={request.conditions.length > 0}
        none={{
          title: 'Nothing has been revoked yet',
          text: 'Revocations appear here from the first rehearsal on: who asked, who signed, how far each one is.',
        }}
      />
    </>
  );
}
