import type { Metadata } from 'next';
import Link from 'next/link';
import { loadList } from '#app/(desk)/load-list.ts';
import { TokensTable } from '#app/(desk)/settings/tokens/tokens-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { tokenFilter } from '#lib/model/filters/token-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { listTokens } from '#lib/staff/list-tokens.ts';

export const metadata: Metadata = { title: 'Tokens' };

export default async function TokensPage({ searchParams }: PageProps<'/settings/tokens'>) {
  const { actor } = await requireOperator('tokens:manage', '/settings/tokens');
  const request = readScreenRequest(await searchParams, tokenFilter, actor);
  const page = loadList(readingAs(actor).inTenant(actor.tenantId, (tx) => listTokens(tx, actor.tenantId, request)));
  return (
    <>
      <PageHeader title="Tokens">
        <Link href="/settings/tokens/new" className={buttonClass('primary')}>
          Make a token
        </Link>
      </PageHeader>
      <FilterBar declaration={tokenFilter} filter={request.conditions} problems={request.problems}>
        <KeepFilter list="tokens" filter={request.conditions} />
      </FilterBar>
      <TokensTable page={page} filtered={request.conditions.length > 0} />
    </>
  );
}
