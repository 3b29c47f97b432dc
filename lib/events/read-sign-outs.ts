import { concerns } from '#lib/events/settle-sessions.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';

/** A sign-out everywhere that a session outlived: it was used afterwards, or it is the one in which the sign-out was asked for. */
export type OutlivedSignOut = { at: string; usedAt: string | null; isWhereAsked: boolean };

/** When a person was last signed out everywhere, and how many of the sessions from before such a time were in use afterwards and go on. `event`: what said so. */
export type LastSignOut = { at: string; outlivedBy: number; event: { id: string; occurredAt: string } };

const [s, m] = [Prisma.sql`s`, Prisma.sql`m`];

/** The condition on a session `s` that it goes on though its person was signed out everywhere meanwhile: it was used afterwards. */
export const outlives = Prisma.sql`(s.ended_at IS NULL AND EXISTS (SELECT 1 FROM sign_outs m
  WHERE m.tenant_id = s.tenant_id AND m.person_id = s.person_id AND ${concerns(s, m)}))`;

/** The latest sign-out everywhere that a session which is still going outlived; `null` when there is none. */
export async function outlivedSignOut(tx: Tx, tenantId: string, sessionId: string): Promise<OutlivedSignOut | null> {
  const [row] = await tx.$queryRaw<{ at: Date; usedAt: Date | null; isWhereAsked: boolean }[]>`
    SELECT m.at, s.used_at AS "usedAt", m.session_id IS NOT DISTINCT FROM s.id AS "isWhereAsked"
    FROM sessions s JOIN sign_outs m ON m.tenant_id = s.tenant_id AND m.person_id = s.person_id
    WHERE s.tenant_id = ${tenantId}::uuid AND s.id = ${sessionId}::uuid AND s.ended_at IS NULL AND (m.session_id = s.id OR ${concerns(s, m)})
    ORDER BY m.at DESC LIMIT 1`;
  return row ? { ...row, at: row.at.toISOString(), usedAt: row.usedAt?.toISOString() ?? null } : null;
}

/** The last time a person was signed out everywhere; `null` when that was never reported. */
export async function lastSignOut(tx: Tx, tenantId: string, personId: string): Promise<LastSignOut | null> {
  const [row] = await tx.$queryRaw<{ at: Date; outlivedBy: number; eventId: string; occurredAt: Date }[]>`
    SELECT l.at, e.id::text AS "eventId", e.occurred_at AS "occurredAt",
      (SELECT count(*)::int FROM sessions s WHERE s.tenant_id = l.tenant_id AND s.person_id = l.person_id AND ${outlives}) AS "outlivedBy"
    FROM sign_outs l JOIN events e ON e.tenant_id = l.tenant_id AND e.person_id = l.person_id AND e.ends_sessions_until IS NOT NULL AND e.id = l.event_id
    WHERE l.tenant_id = ${tenantId}::uuid AND l.person_id = ${personId}::uuid ORDER BY l.at DESC LIMIT 1`;
  if (!row) return null;
  const { at, outlivedBy, eventId, occurredAt } = row;
  return { at: at.toISOString(), outlivedBy, event: { id: eventId, occurredAt: occurredAt.toISOString() } };
}
