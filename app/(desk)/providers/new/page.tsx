import type { Metadata } from 'next';
import { NewProviderForm } from '#app/(desk)/providers/new/new-provider-form.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { readEnv } from '#lib/kernel/env.ts';
import { providers } from '#lib/providers/registry.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Add a provider' };

export default async function NewProviderPage() {
  await requireOperator('providers:manage', '/providers/new');
  return (
    <>
      <PageHeader title="Add a provider" />
      <NewProviderForm
        kinds={providers.map(({ kind, name }) => ({ value: kind, label: name }))}
        audience={readEnv().GATEHOUSE_URL}
      />
    </>
  );
}
