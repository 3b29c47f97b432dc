import { personOf } from '#lib/approvals/people.ts';
import { approvalRules } from '#lib/approvals/rules.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { ListRequest } from '#lib/kernel/db/list-request.ts';
import { type ColumnRule, countCap, keysetPage, type Page, whereOf } from '#lib/kernel/db/listing.ts';
import { type ProposalKind, type ProposalState, proposalKinds } from '#lib/model/operations.ts';

export type ProposalRow = {
  id: string;
  kind: ProposalKind;
  state: ProposalState;
  reason: string;
  proposer: string;
  createdAt: string;
  expiresAt: string;
  targets: number;
  approvals: number;
  approvalsNeeded: number;
  runId: string | null;
  /** True when this person's signature is what it waits for. */
  waitsForMe: boolean;
};

/** The kinds an actor may see, or sign. */
export function kindsFor(actor: Pick<Actor, 'permissions'>, what: 'read' | 'approve'): ProposalKind[] {
  return proposalKinds.filter((kind) => actor.permissions.has(approvalRules[kind].permissions[what]));
}

/** True of the proposals that wait for this person: pending, of a kind they may sign, not their own, not signed by them yet. */
async function waitsFor(tx: Tx, actor: Actor): Promise<Prisma.Sql> {
  if (actor.type !== 'operator') return Prisma.sql`false`;
  const person = await personOf(tx, actor);
  return Prisma.sql`(p.state = 'pending' AND p.expires_at > now() AND p.kind = ANY(${kindsFor(actor, 'approve')}::text[]) AND p.proposer_person <> ${person}
    AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.tenant_id = p.tenant_id AND a.proposal_id = p.id AND a.person = ${person}))`;
}

const columnsWith = (mine: Prisma.Sql): Readonly<Record<string, ColumnRule>> => ({
  q: { kind: 'contains', sql: [Prisma.sql`p.reason`, Prisma.sql`p.proposer_label`] },
  state: { kind: 'text', sql: Prisma.sql`p.state` },
  kind: { kind: 'text', sql: Prisma.sql`p.kind` },
  waiting: { kind: 'custom', where: () => mine },
  from: { kind: 'time', sql: Prisma.sql`p.created_at` },
  to: { kind: 'time', sql: Prisma.sql`p.created_at` },
});

/** One page of the proposals this actor may see, latest first. Other people's rehearsals are not among them. */
export async function listProposals(tx: Tx, actor: Actor, request: ListRequest): Promise<Page<ProposalRow>> {
  const mine = await waitsFor(tx, actor);
  const where = Prisma.sql`p.tenant_id = ${actor.tenantId}::uuid AND p.kind = ANY(${kindsFor(actor, 'read')}::text[])
    AND (p.state <> 'draft' OR p.proposer_id::text = ${actor.id}) AND ${whereOf(request.conditions, columnsWith(mine))}`;
  return keysetPage({
    query: request,
    keyOf: (row) => ({ at: row.createdAt, id: row.id }),
    sortAt: Prisma.sql`p.created_at`,
    sortId: Prisma.sql`p.id`,
    fetch: async ({ after, order, limit }) => {
      const rows = await tx.$queryRaw<
        (Omit<ProposalRow, 'createdAt' | 'expiresAt'> & { createdAt: Date; expiresAt: Date })[]
      >`
        SELECT p.id::text, p.kind, p.state, p.reason, p.proposer_label AS proposer, p.created_at AS "createdAt", p.expires_at AS "expiresAt",
          p.target_count AS targets, p.approvals_needed AS "approvalsNeeded", ${mine} AS "waitsForMe",
          (SELECT count(*)::int FROM approvals a WHERE a.tenant_id = p.tenant_id AND a.proposal_id = p.id AND a.part = 'approve') AS approvals,
          (SELECT r.id::text FROM runs r WHERE r.tenant_id = p.tenant_id AND r.proposal_id = p.id) AS "runId"
        FROM proposals p WHERE ${where} AND ${after} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map((row) => ({
        ...row,
        createdAt: row.createdAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
      }));
    },
    count: async () => {
      const [counted] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (SELECT 1 FROM proposals p WHERE ${where} LIMIT ${countCap + 1}) AS counted`;
      return counted?.n ?? 0;
    },
  });
}

/** How many proposals wait for this person's signature. */
export async function countWaitingProposals(tx: Tx, actor: Actor): Promise<number> {
  if (kindsFor(actor, 'approve').length === 0) return 0;
  const mine = await waitsFor(tx, actor);
  const [counted] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM proposals p WHERE p.tenant_id = ${actor.tenantId}::uuid AND ${mine}`;
  return counted?.n ?? 0;
}
