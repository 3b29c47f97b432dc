import type { Metadata } from 'next';
import { TokenForm } from '#app/(desk)/settings/tokens/new/token-form.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Make a token' };

export default async function NewTokenPage() {
  const { actor } = await requireOperator('tokens:manage', '/settings/tokens/new');
  const providers = await readingAs(actor).inTenant(actor.tenantId, (tx) =>
    tx.provider.findMany({
      where: { tenantId: actor.tenantId },
      orderBy: { slug: 'asc' },
      take: 200,
      select: { slug: true, name: true },
    }),
  );
  return (
    <>
      <PageHeader title="Make a token" />
      <TokenForm providers={providers} />
    </>
  );
}
