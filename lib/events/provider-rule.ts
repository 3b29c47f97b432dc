import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { ColumnRule } from '#lib/kernel/db/listing.ts';
import type { Filter } from '#lib/model/filter.ts';

/** Rows of these providers, by their short names: a condition on the row's own column, so that no join is needed for it. */
export function byProviderSlug(column: Prisma.Sql): ColumnRule {
  return {
    kind: 'custom',
    where: (values) => Prisma.sql`${column} = ANY(ARRAY(SELECT named.id FROM providers named
      WHERE named.tenant_id = gatehouse_tenant() AND named.slug = ANY(${[...values]}::text[])))`,
  };
}

/**
 * The conditions on providers as one on their ids, and those that are left. With an id in hand the planner knows how rare its rows are;
 * without, it walks everybody's in order of time in the hope of meeting them.
 */
export async function narrowToProviders(
  tx: Tx,
  conditions: Filter,
  column: Prisma.Sql,
): Promise<{ rest: Filter; ofProviders: Prisma.Sql }> {
  const asked = conditions.filter(({ field }) => field === 'provider');
  const rest = conditions.filter(({ field }) => field !== 'provider');
  const parts: Prisma.Sql[] = [];
  for (const { op, value } of asked) {
    // Not one of these means one of the others: no row is of no provider.
    const rows = await tx.$queryRaw<{ id: string }[]>`
      SELECT named.id::text FROM providers named WHERE named.tenant_id = gatehouse_tenant()
        AND (named.slug = ANY(${[...value]}::text[])) = ${op !== 'not'}::boolean`;
    const [first, ...more] = rows.map(({ id }) => id);
    parts.push(
      first === undefined
        ? Prisma.sql`false`
        : more.length === 0
          ? Prisma.sql`${column} = ${first}::uuid`
          : Prisma.sql`${column} = ANY(${[first, ...more]}::text[]::uuid[])`,
    );
  }
  return { rest, ofProviders: parts.length > 0 ? Prisma.join(parts, ' AND ') : Prisma.sql`true` };
}
