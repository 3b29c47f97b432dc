import type { Metadata } from 'next';
import Link from 'next/link';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { deviceFilters } from '#app/filters.ts';
import { readListQuery, toParams } from '#app/list-query.ts';
import { PersonLabel, PlaceLabel } from '#components/desk/labels.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Pages } from '#components/desk/pages.tsx';
import { SearchForm } from '#components/desk/search-form.tsx';
import { Empty } from '#components/ui/empty.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { listDevices } from '#lib/events/list-devices.ts';
import { now } from '#lib/kernel/clock.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Devices' };

export default async function DevicesPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { actor } = await requireOperator('devices:read', '/devices');
  const query = readListQuery(toParams(await searchParams), deviceFilters);
  const page = await pool('desk').inTenant(actor.tenantId, (tx) => listDevices(tx, actor.tenantId, query));
  const at = now().toISOString();
  return (
    <>
      <PageHeader
        title="Devices"
        counted={`${page.totalIsCapped ? 'more than ' : ''}${page.total.toLocaleString('en-US')}`}
      />
      <SearchForm
        path="/devices"
        query={query.given}
        placeholder="Device, name or e-mail"
        choices={[
          {
            name: 'first',
            label: 'First seen',
            options: [
              { value: '24', label: 'within 24 h' },
              { value: '168', label: 'within 7 days' },
            ],
          },
        ]}
      />
      {page.rows.length === 0 ? (
        <Empty
          filtered={Object.keys(query.given).length > 0}
          none="No device has been seen yet. Devices appear with the first sign-ins that say what they came from."
        />
      ) : (
        <table className="list">
          <caption className="sr-only">Devices, latest seen first</caption>
          <thead>
            <tr>
              {['Device', 'Person', 'Place', 'Sign-ins', 'Failures', 'Live sessions', 'First seen', 'Last seen'].map(
                (name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {page.rows.map((row) => (
              <tr key={row.id}>
                <td data-label="Device">
                  {safeText(row.label)}
                  <span className="block text-[12px] text-quiet">
                    {row.strong ? 'device id of the provider' : 'by its user agent'}
                  </span>
                </td>
                <td data-label="Person">
                  <PersonLabel name={row.personName} email={row.personEmail} subject={row.personSubject} />
                </td>
                <td data-label="Place">
                  <PlaceLabel city={row.city} country={row.country} ip={row.ip} />
                </td>
                <td data-label="Sign-ins">{row.signIns.toLocaleString('en-US')}</td>
                <td data-label="Failures">{row.failures.toLocaleString('en-US')}</td>
                <td data-label="Live sessions">
                  <Link className="text-accent underline" href={`/sessions?device=${row.id}&state=live,stale`}>
                    {row.liveSessions}
                  </Link>
                </td>
                <td data-label="First seen">
                  <RelativeTime at={row.firstSeenAt} now={at} />
                </td>
                <td data-label="Last seen">
                  <RelativeTime at={row.lastSeenAt} now={at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Pages
        path="/devices"
        query={query.given}
        previous={page.previous}
        next={page.next}
        shown={page.rows.length}
        total={page.total}
        totalIsCapped={page.totalIsCapped}
      />
      <Attribution />
    </>
  );
}
