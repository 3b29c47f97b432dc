import type { Actor } from '#lib/kernel/actor.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import {
  type ColumnRule,
  countCap,
  keysetPage,
  type ListQuery,
  type Page,
  searchableAddress,
  whereOf,
} from '#lib/kernel/db/listing.ts';
import type { RecoveryState, RiskLevel } from '#lib/model/recovery.ts';

/** A recovery case as lists show it. Times are ISO 8601. */
export type RecoveryCaseRow = {
  id: string;
  number: string;
  identifier: string;
  personId: string | null;
  personName: string | null;
  personEmail: string | null;
  state: RecoveryState;
  risk: RiskLevel | null;
  privileged: boolean;
  proofsPassed: number;
  proofsAsked: number;
  reviewer: string | null;
  createdAt: string;
  releaseAt: string | null;
  problem: string | null;
};

export const recoveryColumns: Readonly<Record<string, ColumnRule>> = {
  q: {
    kind: 'contains',
    sql: [
      Prisma.sql`c.number`,
      Prisma.sql`p.display_name`,
      ...[Prisma.sql`c.identifier`, Prisma.sql`p.email`].map(searchableAddress),
    ],
  },
  state: { kind: 'text', sql: Prisma.sql`c.state` },
  risk: { kind: 'text', sql: Prisma.sql`c.risk` },
  known: { kind: 'text', sql: Prisma.sql`CASE WHEN c.person_id IS NULL THEN 'no' ELSE 'yes' END` },
  person: { kind: 'text', sql: Prisma.sql`c.person_id` },
  ip: { kind: 'network', sql: Prisma.sql`c.ip` },
  from: { kind: 'time', sql: Prisma.sql`c.created_at` },
  to: { kind: 'time', sql: Prisma.sql`c.created_at` },
};

const joins = Prisma.sql`FROM recovery_cases c LEFT JOIN people p ON p.tenant_id = c.tenant_id AND p.id = c.person_id`;
type StoredRow = Omit<RecoveryCaseRow, 'createdAt' | 'releaseAt'> & { createdAt: Date; releaseAt: Date | null };

/** One page of recovery cases, newest first. */
export function listRecoveryCases(tx: Tx, tenantId: string, query: ListQuery): Promise<Page<RecoveryCaseRow>> {
  const where = Prisma.sql`c.tenant_id = ${tenantId}::uuid AND ${whereOf(query.conditions, recoveryColumns)}`;
  return keysetPage({
    query,
    keyOf: (row) => ({ at: row.createdAt, id: row.id }),
    sortAt: Prisma.sql`c.created_at`,
    sortId: Prisma.sql`c.id`,
    fetch: async ({ after, order, limit }) => {
      const rows = await tx.$queryRaw<StoredRow[]>`
        SELECT c.id::text, c.number, c.identifier, c.person_id::text AS "personId", p.display_name AS "personName", p.email AS "personEmail", c.state, c.risk,
          c.privileged, c.created_at AS "createdAt", c.release_at AS "releaseAt", c.problem,
          (SELECT o.display_name FROM operators o WHERE o.id = c.reviewer_id) AS reviewer,
          (SELECT count(*)::int FROM recovery_proofs f WHERE f.tenant_id = c.tenant_id AND f.case_id = c.id AND f.state = 'passed') AS "proofsPassed",
          (SELECT count(*)::int FROM recovery_proofs f WHERE f.tenant_id = c.tenant_id AND f.case_id = c.id AND f.state = 'asked') AS "proofsAsked"
        ${joins} WHERE ${where} AND ${after} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map((row) => ({
        ...row,
        createdAt: row.createdAt.toISOString(),
        releaseAt: row.releaseAt?.toISOString() ?? null,
      }));
    },
    count: async () => {
      const [counted] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (SELECT 1 ${joins} WHERE ${where} LIMIT ${countCap + 1}) AS counted`;
      return counted?.n ?? 0;
    },
  });
}

/** How many cases of known people wait for the help desk. */
export function countOpenCases(tx: Tx, actor: Pick<Actor, 'tenantId'>): Promise<number> {
  return tx.recoveryCase.count({ where: { tenantId: actor.tenantId, state: 'open', personId: { not: null } } });
}
