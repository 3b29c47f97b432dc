import type { Metadata } from 'next';
import { loadList } from '#app/(desk)/load-list.ts';
import { ProposalsTable } from '#app/(desk)/proposals/proposals-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { listProposals } from '#lib/approvals/list-proposals.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { proposalFilter } from '#lib/model/filters/proposal-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Proposals' };

export default async function ProposalsPage({ searchParams }: PageProps<'/proposals'>) {
  const { actor } = await requireOperator('proposals:read', '/proposals');
  const request = readScreenRequest(await searchParams, proposalFilter, actor);
  const page = loadList(readingAs(actor).inTenant(actor.tenantId, (tx) => listProposals(tx, actor, request)));
  const waiting = request.conditions.some(({ field }) => field === 'waiting');
  return (
    <>
      <PageHeader title={waiting ? 'Waiting for my signature' : 'Proposals'} />
      <FilterBar declaration={proposalFilter} filter={request.conditions} problems={request.problems}>
        <KeepFilter list="proposals" filter={request.conditions} />
      </FilterBar>
      <ProposalsTable
        page={page}
        filtered={request.conditions.length > 0}
        none={{
          title: 'Nothing has been proposed yet',
          text: 'What needs more than one person appears here: large revocations, key rotations, recoveries.',
        }}
      />
    </>
  );
}
