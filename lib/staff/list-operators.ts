import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { ListRequest } from '#lib/kernel/db/list-request.ts';
import { type ColumnRule, countCap, keysetPage, type Page, whereOf } from '#lib/kernel/db/listing.ts';

/** A role somebody holds, and why they hold it. */
export type HeldRole = { role: string; grantedBy: string; grantedAt: string };

/** An operator of a tenant as lists show them. */
export type OperatorRow = {
  id: string;
  email: string;
  displayName: string;
  state: 'active' | 'suspended' | 'disabled';
  roles: HeldRole[];
  customPermissions: string[];
  passkeys: number;
  liveSessions: number;
  lastSeenAt: string | null;
  createdAt: string;
};

const stateSql = Prisma.sql`CASE WHEN o.disabled_at IS NOT NULL THEN 'disabled'
  WHEN EXISTS (SELECT 1 FROM operator_suspensions x WHERE x.tenant_id = m.tenant_id AND x.operator_id = o.id) THEN 'suspended' ELSE 'active' END`;

export const operatorColumns: Readonly<Record<string, ColumnRule>> = {
  q: { kind: 'contains', sql: [Prisma.sql`o.display_name`, Prisma.sql`o.email`] },
  role: {
    kind: 'custom',
    where: (values) =>
      Prisma.sql`EXISTS (SELECT 1 FROM operator_roles f WHERE f.tenant_id = m.tenant_id AND f.operator_id = o.id AND f.role = ANY(${[...values]}::text[]))`,
  },
  state: { kind: 'text', sql: stateSql },
};

const members = (tenantId: string) => Prisma.sql`
  FROM (SELECT tenant_id, operator_id FROM operator_roles WHERE tenant_id = ${tenantId}::uuid GROUP BY tenant_id, operator_id) AS m
  JOIN operators o ON o.id = m.operator_id`;

/** One page of a tenant's operators, newest first. */
export function listOperators(tx: Tx, tenantId: string, request: ListRequest): Promise<Page<OperatorRow>> {
  const where = whereOf(request.conditions, operatorColumns);
  return keysetPage({
    query: request,
    keyOf: (row) => ({ at: row.createdAt, id: row.id }),
    sortAt: Prisma.sql`o.created_at`,
    sortId: Prisma.sql`o.id`,
    fetch: ({ after, order, limit }) =>
      select(tx, tenantId, Prisma.sql`${where} AND ${after} ORDER BY ${order} LIMIT ${limit}`),
    count: async () => {
      const [counted] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (SELECT 1 ${members(tenantId)} WHERE ${where} LIMIT ${countCap + 1}) AS counted`;
      return counted?.n ?? 0;
    },
  });
}

/** One operator of this tenant, or `null`; somebody of another tenant is `null` too. */
export async function findOperator(tx: Tx, tenantId: string, id: string): Promise<OperatorRow | null> {
  const [row] = await select(tx, tenantId, Prisma.sql`o.id = ${id}::uuid`);
  return row ?? null;
}

/** A living session of an operator in this tenant. */
export type OperatorSessionRow = {
  id: string;
  way: string;
  createdAt: string;
  lastSeenAt: string;
  ip: string | null;
  userAgent: string | null;
};

/** The living sessions of an operator in this tenant, latest used first; an operator has five at most. */
export async function sessionsOfOperator(tx: Tx, tenantId: string, id: string): Promise<OperatorSessionRow[]> {
  const rows = await tx.$queryRaw<
    (Omit<OperatorSessionRow, 'createdAt' | 'lastSeenAt'> & { createdAt: Date; lastSeenAt: Date })[]
  >`
    SELECT s.id::text, s.way, s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt", s.ip, s.user_agent AS "userAgent"
    FROM operator_sessions s WHERE s.tenant_id = ${tenantId}::uuid AND s.operator_id = ${id}::uuid AND s.ended_at IS NULL
      AND clock_timestamp() < s.idle_expires_at AND clock_timestamp() < s.absolute_expires_at
    ORDER BY s.last_seen_at DESC, s.id LIMIT 50`;
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
  }));
}

async function select(tx: Tx, tenantId: string, tail: Prisma.Sql): Promise<OperatorRow[]> {
  const rows = await tx.$queryRaw<
    (Omit<OperatorRow, 'lastSeenAt' | 'createdAt'> & { lastSeenAt: Date | null; createdAt: Date })[]
  >`
    SELECT o.id::text, o.email, o.display_name AS "displayName", o.created_at AS "createdAt", ${stateSql} AS state,
      (SELECT json_agg(json_build_object('role', r.role, 'grantedBy', r.granted_by, 'grantedAt', to_char(r.granted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY r.role)
        FROM operator_roles r WHERE r.tenant_id = m.tenant_id AND r.operator_id = o.id) AS roles,
      ARRAY(SELECT DISTINCT unnest(c.permissions) FROM operator_roles r JOIN custom_roles c ON c.tenant_id = r.tenant_id AND c.name = r.role
        WHERE r.tenant_id = m.tenant_id AND r.operator_id = o.id) AS "customPermissions",
      (SELECT count(*)::int FROM passkeys k WHERE k.operator_id = o.id) AS passkeys,
      (SELECT count(*)::int FROM operator_sessions s WHERE s.tenant_id = m.tenant_id AND s.operator_id = o.id AND s.ended_at IS NULL
        AND clock_timestamp() < s.idle_expires_at AND clock_timestamp() < s.absolute_expires_at) AS "liveSessions",
      (SELECT max(s.last_seen_at) FROM operator_sessions s WHERE s.tenant_id = m.tenant_id AND s.operator_id = o.id) AS "lastSeenAt"
    ${members(tenantId)} WHERE ${tail}`;
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
  }));
}
