import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { type ColumnRule, countCap, keysetPage, type ListQuery, type Page, whereOf } from '#lib/kernel/db/listing.ts';
import type { KeyState } from '#lib/model/signing-key.ts';

/** A signing key as lists show it: never more than its public side. Times are ISO 8601. */
export type KeyRow = {
  id: string;
  issuerId: string;
  issuer: string;
  issuerName: string;
  kid: string;
  algorithm: string;
  version: number;
  state: KeyState;
  leadWaived: boolean;
  createdAt: string;
  publishedAt: string | null;
  activatedAt: string | null;
  retiringAt: string | null;
  retiredAt: string | null;
};

export const keyColumns: Readonly<Record<string, ColumnRule>> = {
  state: { kind: 'text', sql: Prisma.sql`k.state` },
  issuer: { kind: 'id', sql: Prisma.sql`k.issuer_id` },
  from: { kind: 'time', sql: Prisma.sql`k.created_at` },
  to: { kind: 'time', sql: Prisma.sql`k.created_at` },
};

const joins = Prisma.sql`FROM signing_keys k JOIN signing_issuers i ON i.tenant_id = k.tenant_id AND i.id = k.issuer_id`;
type Dated = 'createdAt' | 'publishedAt' | 'activatedAt' | 'retiringAt' | 'retiredAt';
type StoredRow = Omit<KeyRow, Dated> & { [Name in Dated]: Name extends 'createdAt' ? Date : Date | null };

/** One page of keys, newest first. */
export function listKeys(tx: Tx, tenantId: string, query: ListQuery): Promise<Page<KeyRow>> {
  const where = Prisma.sql`k.tenant_id = ${tenantId}::uuid AND ${whereOf(query.conditions, keyColumns)}`;
  return keysetPage({
    query,
    keyOf: (row) => ({ at: row.createdAt, id: row.id }),
    sortAt: Prisma.sql`k.created_at`,
    sortId: Prisma.sql`k.id`,
    fetch: async ({ after, order, limit }) => {
      const rows = await tx.$queryRaw<StoredRow[]>`
        SELECT k.id::text, k.issuer_id::text AS "issuerId", i.issuer, i.name AS "issuerName", k.kid, k.algorithm, k.version, k.state,
          k.lead_waived AS "leadWaived", k.created_at AS "createdAt", k.published_at AS "publishedAt", k.activated_at AS "activatedAt",
          k.retiring_at AS "retiringAt", k.retired_at AS "retiredAt"
        ${joins} WHERE ${where} AND ${after} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map((row) => ({
        ...row,
        createdAt: row.createdAt.toISOString(),
        publishedAt: row.publishedAt?.toISOString() ?? null,
        activatedAt: row.activatedAt?.toISOString() ?? null,
        retiringAt: row.retiringAt?.toISOString() ?? null,
        retiredAt: row.retiredAt?.toISOString() ?? null,
      }));
    },
    count: async () => {
      const [counted] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (SELECT 1 ${joins} WHERE ${where} LIMIT ${countCap + 1}) AS counted`;
      return counted?.n ?? 0;
    },
  });
}
