import { Prisma } from '#lib/kernel/db/database.ts';
import type { ColumnRule } from '#lib/kernel/db/listing.ts';

/** Rows of these providers, by their short names: a condition on the row's own column, so that no join is needed for it. */
export function byProviderSlug(column: Prisma.Sql): ColumnRule {
  return {
    kind: 'custom',
    where: (values) => Prisma.sql`${column} = ANY(ARRAY(SELECT named.id FROM providers named
      WHERE named.tenant_id = gatehouse_tenant() AND named.slug = ANY(${[...values]}::text[])))`,
  };
}
