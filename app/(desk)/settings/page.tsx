import type { Metadata } from 'next';
import Link from 'next/link';
import { settingsPlaces } from '#app/(desk)/settings/places.ts';
import { PageHeader } from '#components/desk/page-header.tsx';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Settings' };

export default async function SettingsPage() {
  const { actor } = await requireOperator(null, '/settings');
  const open = settingsPlaces.filter(({ permission }) => permission === null || actor.permissions.has(permission));
  return (
    <>
      <PageHeader title="Settings" />
      <ul className="grid gap-3 sm:grid-cols-2">
        {open.map(({ href, label, about }) => (
          <li key={href}>
            <Link href={href} className="block rounded-md border border-line p-4 hover:bg-raised">
              <span className="block font-medium">{label}</span>
              <span className="text-quiet text-sm">{about}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
