import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { type ColumnRule, countCap, keysetPage, type ListQuery, type Page, whereOf } from '#lib/kernel/db/listing.ts';

/** A record that could not become an event, with its beginning as it came. */
export type QuarantineRow = {
  id: string;
  provider: string;
  providerId: string;
  receivedAt: string;
  code: string;
  message: string;
  bytes: number;
  /** The first characters, for recognising it; bytes that are no UTF-8 are shown as escapes. */
  beginning: string;
};

export const quarantineColumns: Readonly<Record<string, ColumnRule>> = {
  q: { kind: 'contains', sql: [Prisma.sql`r.message`, Prisma.sql`r.code`] },
  code: { kind: 'text', sql: Prisma.sql`r.code` },
  provider: { kind: 'text', sql: Prisma.sql`v.slug` },
  from: { kind: 'time', sql: Prisma.sql`r.received_at` },
  to: { kind: 'time', sql: Prisma.sql`r.received_at` },
};

const joins = Prisma.sql`FROM quarantined_records r JOIN providers v ON v.tenant_id = r.tenant_id AND v.id = r.provider_id`;

/** One page of quarantined records, latest first. */
export function listQuarantine(tx: Tx, tenantId: string, query: ListQuery): Promise<Page<QuarantineRow>> {
  const where = Prisma.sql`r.tenant_id = ${tenantId}::uuid AND ${whereOf(query.conditions, quarantineColumns)}`;
  return keysetPage({
    query,
    keyOf: (row) => ({ at: row.receivedAt, id: row.id }),
    sortAt: Prisma.sql`r.received_at`,
    sortId: Prisma.sql`r.id`,
    fetch: async ({ after, order, limit }) => {
      const rows = await tx.$queryRaw<(Omit<QuarantineRow, 'receivedAt'> & { receivedAt: Date })[]>`
        SELECT r.id::text, v.slug AS provider, r.provider_id::text AS "providerId", r.received_at AS "receivedAt", r.code, r.message,
          length(r.raw) AS bytes, encode(substring(r.raw from 1 for 200), 'escape') AS beginning
        ${joins} WHERE ${where} AND ${after} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map((row) => ({ ...row, receivedAt: row.receivedAt.toISOString() }));
    },
    count: async () => {
      const [counted] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (SELECT 1 ${joins} WHERE ${where} LIMIT ${countCap + 1}) AS counted`;
      return counted?.n ?? 0;
    },
  });
}
