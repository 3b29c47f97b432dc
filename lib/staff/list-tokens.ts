import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { ListRequest } from '#lib/kernel/db/list-request.ts';
import { type ColumnRule, countCap, keysetPage, type Page, whereOf } from '#lib/kernel/db/listing.ts';

/** A service token as lists show it: never the token, which was shown once. */
export type TokenRow = {
  id: string;
  name: string;
  state: 'active' | 'expired' | 'revoked';
  scopes: string[];
  provider: string | null;
  /** True when it works only with a proof by the key it is bound to. */
  bound: boolean;
  requestsPerMinute: number;
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
};

const stateSql = Prisma.sql`CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= clock_timestamp() THEN 'expired' ELSE 'active' END`;

export const tokenColumns: Readonly<Record<string, ColumnRule>> = {
  q: { kind: 'contains', sql: [Prisma.sql`t.name`, Prisma.sql`t.provider`] },
  scope: { kind: 'custom', where: (values) => Prisma.sql`t.scopes && ${[...values]}::text[]` },
  state: { kind: 'text', sql: stateSql },
};

/** One page of a tenant's service tokens, newest first. */
export function listTokens(tx: Tx, tenantId: string, request: ListRequest): Promise<Page<TokenRow>> {
  const where = Prisma.sql`t.tenant_id = ${tenantId}::uuid AND ${whereOf(request.conditions, tokenColumns)}`;
  return keysetPage({
    query: request,
    keyOf: (row) => ({ at: row.createdAt, id: row.id }),
    sortAt: Prisma.sql`t.created_at`,
    sortId: Prisma.sql`t.id`,
    fetch: async ({ after, order, limit }) => {
      const rows = await tx.$queryRaw<
        (Omit<TokenRow, 'createdAt' | 'expiresAt' | 'lastUsedAt'> & {
          createdAt: Date;
          expiresAt: Date | null;
          lastUsedAt: Date | null;
        })[]
      >`
        SELECT t.id::text, t.name, ${stateSql} AS state, t.scopes, t.provider, t.proof_key IS NOT NULL AS bound, t.requests_per_minute AS "requestsPerMinute", t.created_by AS "createdBy",
          t.created_at AS "createdAt", t.expires_at AS "expiresAt", t.last_used_at AS "lastUsedAt"
        FROM service_tokens t WHERE ${where} AND ${after} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map((row) => ({
        ...row,
        createdAt: row.createdAt.toISOString(),
        expiresAt: row.expiresAt?.toISOString() ?? null,
        lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
      }));
    },
    count: async () => {
      const [counted] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (SELECT 1 FROM service_tokens t WHERE ${where} LIMIT ${countCap + 1}) AS counted`;
      return counted?.n ?? 0;
    },
  });
}
