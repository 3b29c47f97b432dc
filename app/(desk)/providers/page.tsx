import type { Metadata } from 'next';
import Link from 'next/link';
import { loadList } from '#app/(desk)/load-list.ts';
import { ProvidersTable } from '#app/(desk)/providers/providers-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { listProviderHealth } from '#lib/events/sources/provider-health.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Providers' };

export default async function ProvidersPage() {
  const { actor } = await requireOperator('providers:read', '/providers');
  const mayManage = actor.permissions.has('providers:manage');
  const rows = readingAs(actor).inTenant(actor.tenantId, (tx) => listProviderHealth(tx, actor.tenantId));
  const page = loadList(
    rows.then((all) => ({ rows: all, next: null, previous: null, total: all.length, totalIsCapped: false })),
  );
  return (
    <>
      <PageHeader title="Providers">
        <Link href="/quarantine" className={buttonClass('secondary')}>
          Quarantine
        </Link>
        {mayManage ? (
          <Link href="/providers/new" className={buttonClass('primary')}>
            Add a provider
          </Link>
        ) : null}
      </PageHeader>
      <ProvidersTable page={page} mayManage={mayManage} />
    </>
  );
}
