import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { RoleForm } from '#app/(desk)/settings/roles/[name]/role-form.tsx';
import { ActButton } from '#components/desk/act-button.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { listCustomRoles } from '#lib/staff/custom-roles.ts';

export const metadata: Metadata = { title: 'Role' };

/** A role of one's own; `new` composes one. */
export default async function RolePage({ params }: PageProps<'/settings/roles/[name]'>) {
  const { name } = await params;
  const { actor } = await requireOperator('staff:manage', `/settings/roles/${name}`);
  const custom = await readingAs(actor).inTenant(actor.tenantId, (tx) => listCustomRoles(tx, actor.tenantId));
  const role = custom.find((one) => one.name === name);
  if (!role && name !== 'new') notFound();
  return (
    <>
      <PageHeader title={role ? role.name : 'Compose a role'} counted={role ? `${role.holders} hold it` : null}>
        {role ? (
          <ActButton
            label="Retire"
            look="danger"
            title={`Retire ${role.name}`}
            text="Only a role that nobody holds can go."
            url={`/api/v1/roles/${role.name}`}
            method="DELETE"
            done={`${role.name} is retired.`}
          />
        ) : null}
      </PageHeader>
      <RoleForm role={role ?? null} />
    </>
  );
}
