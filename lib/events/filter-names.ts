import type { Tx } from '#lib/kernel/db/database.ts';
import type { Filter } from '#lib/model/filter.ts';

/** The names of the people, devices and sessions a filter points at, by their ids. What is not there has none. */
export async function namesForFilter(tx: Tx, tenantId: string, filter: Filter): Promise<Record<string, string>> {
  const idsOf = (wanted: string) => filter.flatMap(({ field, value }) => (field === wanted ? [...value] : []));
  const [people, devices, sessions] = ['person', 'device', 'session'].map(idsOf);
  if (!people?.length && !devices?.length && !sessions?.length) return {};
  const rows = await tx.$queryRaw<{ id: string; name: string }[]>`
    SELECT id::text, COALESCE(display_name, email, subject) AS name FROM people
      WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${people ?? []}::uuid[])
    UNION ALL SELECT id::text, label FROM devices WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${devices ?? []}::uuid[])
    UNION ALL SELECT id::text, source_session_id FROM sessions WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${sessions ?? []}::uuid[])`;
  return Object.fromEntries(rows.map(({ id, name }) => [id, name]));
}

/** The providers of a tenant as choices of a filter. */
export async function providerChoices(tx: Tx, tenantId: string): Promise<{ value: string; label: string }[]> {
  const rows = await tx.provider.findMany({
    where: { tenantId },
    select: { slug: true, name: true },
    orderBy: { name: 'asc' },
    take: 200,
  });
  return rows.map(({ slug, name }) => ({ value: slug, label: name }));
}
