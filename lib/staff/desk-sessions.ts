import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { newId, newSecret, sha256 } from '#lib/kernel/ids.ts';

/** Lifetimes of an operator's session (NIST SP 800-63B-4, AAL3): without activity, and in any case. Minutes and hours. */
export const deskSessionLimits = { idleMinutes: 15, absoluteHours: 12, touchSeconds: 30 };

export type DeskSession = {
  id: string;
  operatorId: string;
  tenantId: string;
  email: string;
  displayName: string;
  roles: string[];
  provedAt: Date;
  idleExpiresAt: Date;
  absoluteExpiresAt: Date;
};

/** Starts a session after a proof with a passkey. The token is returned once; the row holds its SHA-256. */
export async function createDeskSession(
  tx: Tx,
  input: { operatorId: string; tenantId: string; passkeyId: string; ip: string | null; userAgent: string | null },
): Promise<{ id: string; token: string }> {
  const id = newId();
  const token = newSecret();
  await tx.$executeRaw`
    INSERT INTO operator_sessions (id, token_hash, operator_id, tenant_id, passkey_id, proved_at, last_seen_at, idle_expires_at, absolute_expires_at, ip, user_agent)
    VALUES (${id}::uuid, ${new Uint8Array(sha256(token))}, ${input.operatorId}::uuid, ${input.tenantId}::uuid, ${input.passkeyId}::uuid,
      clock_timestamp(), clock_timestamp(), clock_timestamp() + make_interval(mins => ${deskSessionLimits.idleMinutes}),
      clock_timestamp() + make_interval(hours => ${deskSessionLimits.absoluteHours}), ${input.ip}, ${input.userAgent?.slice(0, 500) ?? null})`;
  return { id, token };
}

/**
 * The living session behind a token, by the database's clock, with the operator's roles as they are now; `null` for anything
 * else. `extend` is for what a person did: polling and streams pass false and keep nothing alive.
 */
export async function findDeskSession(
  database: Database,
  token: string,
  options: { extend: boolean },
): Promise<DeskSession | null> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return null;
  return database.outsideTenants(async (tx) => {
    const [row] = await tx.$queryRaw<(DeskSession & { stale: boolean })[]>`
      SELECT s.id::text, s.operator_id::text AS "operatorId", s.tenant_id::text AS "tenantId", o.email, o.display_name AS "displayName",
        ARRAY(SELECT r.role FROM operator_roles r WHERE r.tenant_id = s.tenant_id AND r.operator_id = s.operator_id ORDER BY r.role) AS roles,
        s.proved_at AS "provedAt", s.idle_expires_at AS "idleExpiresAt", s.absolute_expires_at AS "absoluteExpiresAt",
        s.last_seen_at < clock_timestamp() - make_interval(secs => ${deskSessionLimits.touchSeconds}) AS stale
      FROM operator_sessions s JOIN operators o ON o.id = s.operator_id
      WHERE s.token_hash = ${new Uint8Array(sha256(token))} AND s.ended_at IS NULL AND o.disabled_at IS NULL
        AND clock_timestamp() < s.idle_expires_at AND clock_timestamp() < s.absolute_expires_at`;
    if (!row) return null;
    const { stale, ...session } = row;
    if (!stale || !options.extend) return session;
    const [touched] = await tx.$queryRaw<{ idleExpiresAt: Date }[]>`
      UPDATE operator_sessions SET last_seen_at = clock_timestamp(),
        idle_expires_at = LEAST(absolute_expires_at, clock_timestamp() + make_interval(mins => ${deskSessionLimits.idleMinutes}))
      WHERE id = ${row.id}::uuid AND ended_at IS NULL AND clock_timestamp() < idle_expires_at RETURNING idle_expires_at AS "idleExpiresAt"`;
    return touched ? { ...session, idleExpiresAt: touched.idleExpiresAt } : null;
  });
}

/** Ends a session; ending an ended one changes nothing. @returns true when it was alive */
export async function endDeskSession(tx: Tx, id: string, reason: string): Promise<boolean> {
  const ended = await tx.$executeRaw`
    UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = ${reason} WHERE id = ${id}::uuid AND ended_at IS NULL`;
  return ended > 0;
}
