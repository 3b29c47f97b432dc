import type { Metadata } from 'next';
import { SwitchButton } from '#app/(desk)/settings/tenants/switch-button.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { tenantsOf } from '#lib/staff/tenants.ts';

export const metadata: Metadata = { title: 'Tenants' };

export default async function TenantsPage() {
  const { actor } = await requireOperator(null, '/settings/tenants');
  const tenants = await tenantsOf(readingAs(actor), actor.id, actor.tenantId);
  return (
    <>
      <PageHeader title="Tenants" counted={`${tenants.length} of yours`} />
      <p className="mb-4 max-w-3xl text-quiet text-sm">
        Each is behind its own wall in the database. Going to another changes what you may see and do, never who you
        are; both write it down. New ones are made on the machine: <code>gatehouse tenant create</code>.
      </p>
      <ul className="max-w-3xl divide-y divide-line border-line border-y">
        {tenants.map(({ id, slug, name, roles, current }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2 text-sm">
            <span className="min-w-40">
              <span className="block font-medium">{safeText(name)}</span>
              <span className="font-mono text-quiet text-xs">{slug}</span>
            </span>
            <span className="grow text-quiet">{roles.join(', ')}</span>
            {current ? <Badge tone="accent">you are here</Badge> : <SwitchButton tenantId={id} name={safeText(name)} />}
          </li>
        ))}
      </ul>
    </>
  );
}
