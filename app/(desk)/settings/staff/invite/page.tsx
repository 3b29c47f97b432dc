import type { Metadata } from 'next';
import { InviteForm } from '#app/(desk)/settings/staff/invite/invite-form.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { rolePermissions, roles } from '#lib/model/permissions.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { listCustomRoles } from '#lib/staff/custom-roles.ts';

export const metadata: Metadata = { title: 'Invite somebody' };

export default async function InvitePage() {
  const { actor } = await requireOperator('staff:manage', '/settings/staff/invite');
  const custom = await readingAs(actor).inTenant(actor.tenantId, (tx) => listCustomRoles(tx, actor.tenantId));
  return (
    <>
      <PageHeader title="Invite somebody" />
      <InviteForm
        choices={[
          ...roles.map((name) => ({ name, permissions: [...rolePermissions[name]] })),
          ...custom.map(({ name, permissions }) => ({ name, permissions })),
        ]}
      />
    </>
  );
}
