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
import type { Explanation } from '#lib/model/detection.ts';
import type { JsonObject } from '#lib/model/event.ts';
import { type Severity, type SignalState, severities } from '#lib/model/signal.ts';

export type SignalRow = {
  id: string;
  detector: string;
  severity: Severity;
  state: SignalState;
  title: string;
  summary: string;
  personId: string | null;
  personName: string | null;
  personEmail: string | null;
  assigneeId: string | null;
  assigneeName: string | null;
  sessionId: string | null;
  ip: string | null;
  firstAt: string;
  lastAt: string;
};
export type SignalDetail = SignalRow & {
  raisedAt: string;
  updatedAt: string;
  decidedAt: string | null;
  decidedBy: string | null;
  decision: string | null;
  evidence: JsonObject;
  explanations: Explanation[];
  version: number;
};

/** `viewerId`: the operator who looks, for what "me" means. A token is nobody's assignee. */
export const signalColumns = (viewerId: string | null): Readonly<Record<string, ColumnRule>> => ({
  q: {
    kind: 'contains',
    sql: [
      Prisma.sql`g.title`,
      Prisma.sql`p.display_name`,
      ...[Prisma.sql`g.summary`, Prisma.sql`p.email`].map(searchableAddress),
    ],
  },
  severity: { kind: 'ordered', rank: Prisma.sql`g.severity_rank`, order: severities },
  state: { kind: 'text', sql: Prisma.sql`g.state` },
  assignee: {
    kind: 'custom',
    where: (values) =>
      Prisma.sql`(CASE WHEN g.assignee_id IS NULL THEN 'nobody' WHEN g.assignee_id = ${viewerId}::uuid THEN 'me' ELSE 'others' END)
        = ANY(${[...values]}::text[])`,
  },
  detector: { kind: 'text', sql: Prisma.sql`g.detector` },
  person: { kind: 'id', sql: Prisma.sql`g.person_id` },
  session: { kind: 'id', sql: Prisma.sql`g.session_id` },
  ip: { kind: 'network', sql: Prisma.sql`g.ip` },
  from: { kind: 'time', sql: Prisma.sql`g.last_at` },
  to: { kind: 'time', sql: Prisma.sql`g.last_at` },
});

const joins = Prisma.sql`FROM signals g LEFT JOIN people p ON p.tenant_id = g.tenant_id AND p.id = g.person_id`;

/** One page of signals, latest first. */
export function listSignals(
  tx: Tx,
  tenantId: string,
  query: ListQuery,
  viewerId: string | null = null,
): Promise<Page<SignalRow>> {
  const where = Prisma.sql`g.tenant_id = ${tenantId}::uuid AND ${whereOf(query.conditions, signalColumns(viewerId))}`;
  return keysetPage({
    query,
    keyOf: (row) => ({ at: row.lastAt, id: row.id }),
    sortAt: Prisma.sql`g.last_at`,
    sortId: Prisma.sql`g.id`,
    fetch: ({ after, order, limit }) => select(tx, Prisma.sql`${where} AND ${after} ORDER BY ${order} LIMIT ${limit}`),
    count: async () => {
      const [counted] = await tx.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM (SELECT 1 ${joins} WHERE ${where} LIMIT ${countCap + 1}) AS counted`;
      return counted?.n ?? 0;
    },
  });
}

/** One signal with its evidence, or `null`. */
export async function findSignal(tx: Tx, tenantId: string, id: string): Promise<SignalDetail | null> {
  const [row] = await select(tx, Prisma.sql`g.tenant_id = ${tenantId}::uuid AND g.id = ${id}::uuid`);
  return row ?? null;
}

async function select(tx: Tx, tail: Prisma.Sql): Promise<SignalDetail[]> {
  type Dates = 'firstAt' | 'lastAt' | 'raisedAt' | 'updatedAt' | 'decidedAt';
  const rows = await tx.$queryRaw<
    (Omit<SignalDetail, Dates> & Record<Exclude<Dates, 'decidedAt'>, Date> & { decidedAt: Date | null })[]
  >`
    SELECT g.id::text, g.detector, g.severity, g.state, g.title, g.summary, g.person_id::text AS "personId", p.display_name AS "personName",
      p.email AS "personEmail", g.assignee_id::text AS "assigneeId",
      (SELECT o.display_name FROM operators o WHERE o.id = g.assignee_id) AS "assigneeName", g.session_id::text AS "sessionId", host(g.ip) AS ip, g.first_at AS "firstAt", g.last_at AS "lastAt",
      g.raised_at AS "raisedAt", g.updated_at AS "updatedAt", g.decided_at AS "decidedAt", g.decision, g.evidence, g.explanations, g.version,
      (SELECT o.display_name FROM operators o WHERE o.id = g.decided_by) AS "decidedBy"
    ${joins} WHERE ${tail}`;
  return rows.map((row) => ({
    ...row,
    firstAt: row.firstAt.toISOString(),
    lastAt: row.lastAt.toISOString(),
    raisedAt: row.raisedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
  }));
}

/** How many signals wait for a person, up to a thousand. */
export async function countOpenSignals(tx: Tx, actor: Actor): Promise<number> {
  const [row] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM (SELECT 1 FROM signals
      WHERE tenant_id = ${actor.tenantId}::uuid AND state IN ('open', 'acknowledged', 'in_progress') LIMIT 1000) AS waiting`;
  return row?.n ?? 0;
}

/** The figures of the queue's usual views: what waits, what of it is the viewer's, what nobody touched for a day. */
export async function countSignalViews(tx: Tx, actor: Actor): Promise<{ open: number; mine: number; stale: number }> {
  const [row] = await tx.$queryRaw<{ open: number; mine: number; stale: number }[]>`
    SELECT count(*)::int AS open, count(*) FILTER (WHERE assignee_id = ${actor.type === 'operator' ? actor.id : null}::uuid)::int AS mine,
      count(*) FILTER (WHERE state = 'open' AND last_at <= now() - interval '24 hours')::int AS stale
    FROM signals WHERE tenant_id = ${actor.tenantId}::uuid AND state IN ('open', 'acknowledged', 'in_progress')`;
  return row ?? { open: 0, mine: 0, stale: 0 };
}
