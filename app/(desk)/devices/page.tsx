import type { Metadata } from 'next';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { DevicesTable } from '#app/(desk)/devices/devices-table.tsx';
import { filterContext } from '#app/(desk)/filter-context.ts';
import { loadList } from '#app/(desk)/load-list.ts';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { listDevices } from '#lib/events/list-devices.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { deviceFilter } from '#lib/model/filters/device-filter.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Devices' };

export default async function DevicesPage({ searchParams }: PageProps<'/devices'>) {
  const { actor } = await requireOperator('devices:read', '/devices');
  const request = readScreenRequest(await searchParams, deviceFilter, actor);
  const page = loadList(readingAs(actor).inTenant(actor.tenantId, (tx) => listDevices(tx, actor.tenantId, request)));
  return (
    <>
      <PageHeader title="Devices" />
      <FilterBar
        declaration={deviceFilter}
        filter={request.conditions}
        problems={request.problems}
        {...(await filterContext(actor, request.conditions))}
      >
        <KeepFilter list="devices" filter={request.conditions} formats={['ndjson', 'csv']} />
      </FilterBar>
      <DevicesTable page={page} filtered={request.conditions.length > 0} />
      <Attribution />
    </>
  );
}
