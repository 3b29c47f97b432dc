import { erasedIssuer } from '#lib/events/erased-issuer.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { countCap } from '#lib/kernel/db/listing.ts';
import type { CappedCount } from '#lib/model/count.ts';
import { eventTypes } from '#lib/model/event.ts';

/** How long events of a type are kept; type `*` stands for all without a rule of their own. */
export type RetentionRule = { eventType: string; keepDays: number; setAt: string; setBy: string };
/** A legal hold; without a person it covers the whole tenant. */
export type Hold = {
  id: string;
  reason: string;
  personId: string | null;
  personName: string | null;
  placedAt: string;
  placedBy: string;
  releasedAt: string | null;
  releasedBy: string | null;
};
export type RetentionReading = {
  rules: RetentionRule[];
  /** Those in force, then the latest released ones. */
  holds: Hold[];
  /** The oldest and the newest month with events in the whole store (`2026-11`); null while there is none. */
  months: { oldest: string; newest: string } | null;
};

const holdsInForceMax = 500;
const holdsReleasedShown = 50;
type RawHold = Omit<Hold, 'placedAt' | 'releasedAt'> & { placedAt: Date; releasedAt: Date | null };

/** A tenant's rules and holds. */
export async function readRetention(tx: Tx, tenantId: string): Promise<RetentionReading> {
  const rules = await tx.retentionPolicy.findMany({ where: { tenantId }, orderBy: { eventType: 'asc' } });
  const months = await tx.$queryRaw<{ month: string }[]>`
    SELECT to_char(m, 'YYYY-MM') AS month FROM gatehouse_event_months() AS m ORDER BY m`;
  const [oldest, newest] = [months[0], months.at(-1)];
  return {
    rules: rules.map(({ eventType, keepDays, setAt, setBy }) => ({
      eventType,
      keepDays,
      setAt: setAt.toISOString(),
      setBy,
    })),
    holds: [
      ...(await holds(tx, tenantId, Prisma.sql`h.released_at IS NULL`, holdsInForceMax)),
      ...(await holds(tx, tenantId, Prisma.sql`h.released_at IS NOT NULL`, holdsReleasedShown)),
    ],
    months: oldest && newest ? { oldest: oldest.month, newest: newest.month } : null,
  };
}

async function holds(tx: Tx, tenantId: string, which: Prisma.Sql, limit: number): Promise<Hold[]> {
  const rows = await tx.$queryRaw<RawHold[]>`
    SELECT h.id::text, h.reason, h.person_id::text AS "personId", COALESCE(p.display_name, p.email, p.subject) AS "personName",
      h.placed_at AS "placedAt", h.placed_by AS "placedBy", h.released_at AS "releasedAt", h.released_by AS "releasedBy"
    FROM legal_holds h LEFT JOIN people p ON p.tenant_id = h.tenant_id AND p.id = h.person_id
    WHERE h.tenant_id = ${tenantId}::uuid AND ${which} ORDER BY COALESCE(h.released_at, h.placed_at) DESC, h.id LIMIT ${limit}`;
  return rows.map((row) => ({
    ...row,
    placedAt: row.placedAt.toISOString(),
    releasedAt: row.releasedAt?.toISOString() ?? null,
  }));
}

/** What a rule would take away at the next run, as things stand. */
export type RuleRehearsal = { over: CappedCount; oldestAt: string | null; tenantIsHeld: boolean; peopleHeld: number };

/**
 * Looks what a rule would take away, without setting it. Events that holds or open signals keep are counted with the others: they go
 * once nothing keeps them any more.
 */
export async function rehearseRule(
  tx: Tx,
  tenantId: string,
  { eventType, keepDays }: { eventType: string; keepDays: number },
): Promise<RuleRehearsal> {
  const others = Prisma.sql`e.type <> ALL(ARRAY(SELECT p.event_type FROM retention_policies p WHERE p.tenant_id = ${tenantId}::uuid))`;
  const where = Prisma.sql`e.tenant_id = ${tenantId}::uuid AND ${eventType === '*' ? others : Prisma.sql`e.type = ${eventType}`}
    AND e.occurred_at < now() - make_interval(days => ${keepDays}::int)`;
  const [oldest] = await tx.$queryRaw<{ at: Date }[]>`
    SELECT e.occurred_at AS at FROM events e WHERE ${where} ORDER BY e.occurred_at LIMIT 1`;
  const [held] = await tx.$queryRaw<{ tenant: boolean; people: number }[]>`
    SELECT bool_or(person_id IS NULL) IS TRUE AS tenant, count(DISTINCT person_id)::int AS people
    FROM legal_holds WHERE tenant_id = ${tenantId}::uuid AND released_at IS NULL`;
  return {
    over: oldest ? await counted(tx, Prisma.sql`FROM events e WHERE ${where}`) : { n: 0, isCapped: false },
    oldestAt: oldest?.at.toISOString() ?? null,
    tenantIsHeld: held?.tenant ?? false,
    peopleHeld: held?.people ?? 0,
  };
}

/** What the store knows of a person, before it is erased or held. */
export type PersonRecords = {
  id: string;
  name: string;
  isErased: boolean;
  events: CappedCount;
  sessions: CappedCount;
  devices: CappedCount;
  signals: CappedCount;
  /** Evidence of what was decided, which an erasure leaves. */
  recoveryCases: CappedCount;
  holds: Hold[];
};

/** Reads what an erasure of this person would meet; `null` when there is no such person in this tenant. */
export async function readPersonRecords(tx: Tx, tenantId: string, id: string): Promise<PersonRecords | null> {
  const person = await tx.person.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (!person) return null;
  const of = (table: Prisma.Sql) =>
    counted(tx, Prisma.sql`FROM ${table} WHERE tenant_id = ${tenantId}::uuid AND person_id = ${id}::uuid`);
  return {
    id,
    name: person.displayName ?? person.email ?? person.subject,
    isErased: person.issuer === erasedIssuer,
    events: await of(Prisma.sql`events`),
    sessions: await of(Prisma.sql`sessions`),
    devices: await of(Prisma.sql`devices`),
    signals: await of(Prisma.sql`signals`),
    recoveryCases: await of(Prisma.sql`recovery_cases`),
    holds: await holds(
      tx,
      tenantId,
      Prisma.sql`h.released_at IS NULL AND (h.person_id IS NULL OR h.person_id = ${id}::uuid)`,
      holdsReleasedShown,
    ),
  };
}

async function counted(tx: Tx, from: Prisma.Sql): Promise<CappedCount> {
  const [row] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM (SELECT 1 ${from} LIMIT ${countCap + 1}) AS counted`;
  const n = row?.n ?? 0;
  return { n: Math.min(n, countCap), isCapped: n > countCap };
}

/** An event type as the rules name it, `*` included. */
export function isRetentionType(text: string): boolean {
  return text === '*' || (eventTypes as readonly string[]).includes(text);
}
