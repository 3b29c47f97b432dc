import { kindsFor } from '#lib/approvals/list-proposals.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { ListRequest } from '#lib/kernel/db/list-request.ts';
import { type ColumnRule, countCap, keysetPage, type Page, whereOf } from '#lib/kernel/db/listing.ts';
import type { ProposalKind, RunState } from '#lib/model/operations.ts';

export type RunRow = {
  id: string;
  proposalId: string;
  kind: ProposalKind;
  state: RunState;
  reason: string;
  proposer: string;
  createdAt: string;
  finishedAt: string | null;
  items: number;
  verified: number;
  failed: number;
};

export const runColumns: Readonly<Record<string, ColumnRule>> = {
  q: { kind: 'contains', sql: [Prisma.sql`p.reason`, Prisma.sql`p.proposer_label`] },
  state: { kind: 'text', sql: Prisma.sql`r.state` },
  kind: { kind: 'text', sql: Prisma.sql`r.kind` },
  from: { kind: 'time', sql: Prisma.sql`r.created_at` },
  to: { kind: 'time', sql: Prisma.sql`r.created_at` },
};

/** One page of the runs this actor may see, latest first. */
export function listRuns(tx: Tx, actor: Actor, request: ListRequest): Promise<Page<RunRow>> {
  const from = Prisma.sql`FROM runs r JOIN proposals p ON p.tenant_id = r.tenant_id AND p.id = r.proposal_id
    WHERE r.tenant_id = ${actor.tenantId}::uuid AND r.kind = ANY(${kindsFor(actor, 'read')}::text[]) AND ${whereOf(request.conditions, runColumns)}`;
  const tally = (state: string) =>
    Prisma.sql`COALESCE((SELECT sum(t.items)::int FROM run_tallies t WHERE t.tenant_id = r.tenant_id AND t.run_id = r.id AND t.state = ${state}), 0)`;
  return keysetPage({
    query: request,
    keyOf: (row) => ({ at: row.createdAt, id: row.id }),
    sortAt: Prisma.sql`r.created_at`,
    sortId: Prisma.sql`r.id`,
    fetch: async ({ after, order, limit }) => {
      const rows = await tx.$queryRaw<
        (Omit<RunRow, 'createdAt' | 'finishedAt'> & { createdAt: Date; finishedAt: Date | null })[]
      >`
        SELECT r.id::text, r.proposal_id::text AS "proposalId", r.kind, r.state, p.reason, p.proposer_label AS proposer, r.created_at AS "createdAt",
          r.finished_at AS "finishedAt", p.target_count AS items, ${tally('verified')} AS verified, ${tally('failed')} AS failed
        ${from} AND ${after} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map((row) => ({
        ...row,
        createdAt: row.createdAt.toISOString(),
        finishedAt: row.finishedAt?.toISOString() ?? null,
      }));
    },
    count: async () => {
      const [counted] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (SELECT 1 ${from} LIMIT ${countCap + 1}) AS counted`;
      return counted?.n ?? 0;
    },
  });
}
