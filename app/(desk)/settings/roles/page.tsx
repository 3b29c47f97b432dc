import { Check } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { PageHeader } from '#components/desk/page-header.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { permissions, permissionWords, rolePermissions, roles } from '#lib/model/permissions.ts';
import { separationRules } from '#lib/model/separation-of-duties.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { listCustomRoles } from '#lib/staff/custom-roles.ts';

export const metadata: Metadata = { title: 'Roles' };

export default async function RolesPage() {
  const { actor } = await requireOperator('staff:read', '/settings/roles');
  const custom = await readingAs(actor).inTenant(actor.tenantId, (tx) => listCustomRoles(tx, actor.tenantId));
  const columns = [
    ...roles.map((name) => ({ name, allowed: new Set<string>(rolePermissions[name]), isOwn: false })),
    ...custom.map(({ name, permissions: held }) => ({ name, allowed: new Set(held), isOwn: true })),
  ];
  return (
    <>
      <PageHeader title="Roles" counted={`${columns.length} roles, ${permissions.length} permissions`}>
        {actor.permissions.has('staff:manage') ? (
          <Link href="/settings/roles/new" className={buttonClass('primary')}>
            Compose a role
          </Link>
        ) : null}
      </PageHeader>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="relative overflow-x-auto" aria-label="Who may do what" tabIndex={0}>
        <table className="w-full border-collapse text-sm">
          <caption className="sr-only">Permissions by role</caption>
          <thead>
            <tr className="border-line border-b align-bottom">
              <th scope="col" className="sticky left-0 min-w-40 bg-paper sm:min-w-56 py-2 pr-4 text-left font-medium">
                Permission
              </th>
              {columns.map(({ name, isOwn }) => (
                <th key={name} scope="col" className="min-w-20 px-2 py-2 text-center font-medium text-xs">
                  <Link href={isOwn ? `/settings/roles/${name}` : `/settings/staff?role=${name}`} className="underline">
                    {name}
                  </Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {permissions.map((permission) => (
              <tr key={permission} className="border-line border-b">
                <th scope="row" className="sticky left-0 bg-paper py-1.5 pr-4 text-left font-normal">
                  {permissionWords[permission]}
                  <span className="block font-mono text-quiet text-xs">{permission}</span>
                </th>
                {columns.map(({ name, allowed }) => (
                  <td key={name} className="px-2 text-center">
                    {allowed.has(permission) ? (
                      <Check size={16} role="img" aria-label="may" className="mx-auto text-accent" />
                    ) : (
                      <span className="sr-only">may not</span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section aria-labelledby="duties" className="mt-8 max-w-3xl">
        <h2 id="duties" className="mb-2 font-semibold text-lg">
          What one person does not hold together
        </h2>
        <ul className="divide-y divide-line border-line border-y">
          {separationRules.map(({ id, effect, title, reason }) => (
            <li key={id} className="py-2 text-sm">
              <span className="font-medium">{title}</span>{' '}
              <span className="text-quiet">
                — {effect === 'refused' ? 'refused' : 'allowed, and shown beside the person'}
              </span>
              <span className="block text-quiet">{reason}</span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
