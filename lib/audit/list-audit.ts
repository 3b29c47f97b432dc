import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { type ColumnRule, countCap, keysetPage, type ListQuery, type Page, whereOf } from '#lib/kernel/db/listing.ts';
import type { JsonObject } from '#lib/model/event.ts';

export type AuditRow = {
  id: string;
  seq: number;
  at: string;
  action: string;
  outcome: string;
  actorType: string;
  actorLabel: string;
  targetType: string | null;
  targetId: string | null;
  reason: string | null;
  ip: string | null;
  requestId: string | null;
  detail: JsonObject;
  hash: string;
  prevHash: string;
};

export const auditColumns: Readonly<Record<string, ColumnRule>> = {
  q: {
    kind: 'contains',
    sql: [Prisma.sql`a.action`, Prisma.sql`a.actor_label`, Prisma.sql`a.reason`, Prisma.sql`a.target_id`],
  },
  action: { kind: 'text', sql: Prisma.sql`a.action` },
  outcome: { kind: 'text', sql: Prisma.sql`a.outcome` },
  actor: { kind: 'text', sql: Prisma.sql`a.actor_type` },
  target: { kind: 'text', sql: Prisma.sql`a.target_id` },
  from: { kind: 'time', sql: Prisma.sql`a.at` },
  to: { kind: 'time', sql: Prisma.sql`a.at` },
};

/** One page of the audit, latest first. The sequence number decides the order, not the clock. */
export function listAudit(tx: Tx, tenantId: string, query: ListQuery): Promise<Page<AuditRow>> {
  const where = Prisma.sql`a.tenant_id = ${tenantId}::uuid AND ${whereOf(query.conditions, auditColumns)}`;
  return keysetPage({
    query,
    keyOf: (row) => ({ at: row.at, id: row.id }),
    sortAt: Prisma.sql`a.at`,
    sortId: Prisma.sql`a.id`,
    fetch: async ({ after, order, limit }) => {
      const rows = await tx.$queryRaw<
        (Omit<AuditRow, 'at' | 'detail' | 'seq'> & { at: Date; entry: string; seq: bigint })[]
      >`
        SELECT a.id::text, a.seq, a.at, a.action, a.outcome, a.actor_type AS "actorType", a.actor_label AS "actorLabel",
          a.target_type AS "targetType", a.target_id AS "targetId", a.reason, a.ip, a.request_id AS "requestId", a.entry,
          encode(a.hash, 'hex') AS hash, encode(a.prev_hash, 'hex') AS "prevHash"
        FROM audit_entries a WHERE ${where} AND ${after} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map(({ entry, ...row }) => ({
        ...row,
        seq: Number(row.seq),
        at: row.at.toISOString(),
        detail: (JSON.parse(entry) as { detail?: JsonObject }).detail ?? {},
      }));
    },
    count: async () => {
      const [counted] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (SELECT 1 FROM audit_entries a WHERE ${where} LIMIT ${countCap + 1}) AS counted`;
      return counted?.n ?? 0;
    },
  });
}
