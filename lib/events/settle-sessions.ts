import { Prisma, type RunSql } from '#lib/kernel/db/database.ts';
import { uuidArray } from '#lib/kernel/db/recordset.ts';

/**
 * Whether a person's being signed out everywhere speaks of a session: it had started by then, and was not the one in which that was asked
 * for. A sign-out speaks for its own provider and for others of the same issuer (a log and a stream of signals of one), never for
 * applications that know the person as well.
 */
export const concerns = (
  session: Prisma.Sql,
  signOut: Prisma.Sql,
) => Prisma.sql`(${signOut}.until >= ${session}.started_at
  AND ${signOut}.session_id IS DISTINCT FROM ${session}.id
  AND (${signOut}.provider_id = ${session}.provider_id OR EXISTS (SELECT 1 FROM providers a JOIN providers b ON b.tenant_id = a.tenant_id
    AND b.issuer = a.issuer WHERE a.tenant_id = gatehouse_tenant() AND a.id = ${signOut}.provider_id AND b.id = ${session}.provider_id)))`;

/** Whether it ended the session as well: whoever uses one afterwards was not reached, and the session must not be called dead. */
export const reaches = (session: Prisma.Sql, signOut: Prisma.Sql) => Prisma.sql`(${concerns(session, signOut)}
  AND (${session}.used_at IS NULL OR ${signOut}.at >= ${session}.used_at))`;

/** When and how a session ended: by what was said of it itself, or by a sign-out everywhere before that. "Revoked" stays the last word. */
export const endOf = (session: Prisma.Sql, everywhereAt: Prisma.Sql) => Prisma.sql`
  LEAST(${session}.own_ended_at, ${everywhereAt}) AS ended_at,
  CASE WHEN ${everywhereAt} IS NULL OR ${session}.own_end_reason = 'revoked' OR ${session}.own_ended_at <= ${everywhereAt}
    THEN ${session}.own_end_reason ELSE 'signed_out_everywhere' END AS end_reason`;

/**
 * Sets the end of these sessions, and of all sessions of these people, to what their own events and the person's sign-outs everywhere say
 * together. Written from both each time, so whatever came first, late or twice, the outcome is one. Only what changes is written.
 */
export async function settleSessions(
  run: RunSql,
  tenantId: string,
  whose: { sessions: readonly string[]; people: readonly string[] },
): Promise<void> {
  if (whose.sessions.length === 0 && whose.people.length === 0) return;
  const [s, m, o] = [Prisma.sql`s`, Prisma.sql`m`, Prisma.sql`o.at`];
  await run(Prisma.sql`
    UPDATE sessions AS written SET ended_at = settled.ended_at, end_reason = settled.end_reason
    FROM (
      SELECT s.id, ${endOf(s, o)} FROM sessions s LEFT JOIN LATERAL (
        SELECT min(m.at) AS at FROM sign_outs m WHERE m.tenant_id = ${tenantId}::uuid AND m.person_id = s.person_id AND ${reaches(s, m)}
      ) AS o ON true
      WHERE s.tenant_id = ${tenantId}::uuid
        AND (s.id = ANY(${uuidArray(whose.sessions)}::uuid[]) OR s.person_id = ANY(${uuidArray(whose.people)}::uuid[]))
    ) AS settled
    WHERE written.tenant_id = ${tenantId}::uuid AND written.id = settled.id
      AND (written.ended_at, written.end_reason) IS DISTINCT FROM (settled.ended_at, settled.end_reason)`);
}
