import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { newId, newSecret, sha256 } from '#lib/kernel/ids.ts';

/**
 * Lifetimes of an operator's session (NIST SP 800-63B-4, AAL3): without activity, and in any case; how often activity is written
 * down; how many sessions one operator may have (one more ends the oldest).
 */
export const deskSessionLimits = { idleMinutes: 15, absoluteHours: 12, touchSeconds: 30, perOperatorMax: 5 };

/** How a session began: with a passkey, an enrolment link, password and code, another identity provider, or a recovery code. */
export type SignInWay = 'passkey' | 'enrolment' | 'password' | 'federated' | 'recovery' | 'break-glass';

export type DeskSession = {
  id: string;
  operatorId: string;
  tenantId: string;
  email: string;
  displayName: string;
  roles: string[];
  /** What the tenant's custom roles among them allow. */
  customPermissions: string[];
  way: SignInWay;
  /**
   * What has to be done before anything else is open: finish the enrolment; register an authenticator after a recovery code; show a
   * passkey, because a role asks for one. `null`: nothing.
   */
  limitedTo: 'enrolment' | 'recovery' | 'passkey' | null;
  /** When both factors were last shown. */
  provedAt: Date;
  idleExpiresAt: Date;
  absoluteExpiresAt: Date;
  /** By the database's clock, at the moment of reading. `passkeyProofAgeSeconds` is `null` when no passkey was shown yet. */
  idleSecondsLeft: number;
  absoluteSecondsLeft: number;
  passkeyProofAgeSeconds: number | null;
  /** Since both factors were last shown. */
  provedAgeSeconds: number;
  /** Where it was last seen, and the browser it began in. */
  ip: string | null;
  userAgent: string | null;
};

/** Starts a session after both factors. The token is returned once; the row holds its SHA-256. The operator's oldest one too many ends. */
export async function createDeskSession(
  tx: Tx,
  input: {
    operatorId: string;
    tenantId: string;
    way: SignInWay;
    passkeyId: string | null;
    ip: string | null;
    userAgent: string | null;
    idleMinutes?: number;
    absoluteHours?: number;
    needsPasskey?: boolean;
    identityId?: string | null;
    providerSession?: string | null;
  },
): Promise<{ id: string; token: string; ended: string[] }> {
  const id = newId();
  const token = newSecret();
  const idleMinutes = Math.min(input.idleMinutes ?? deskSessionLimits.idleMinutes, deskSessionLimits.idleMinutes);
  const hours = Math.min(input.absoluteHours ?? deskSessionLimits.absoluteHours, deskSessionLimits.absoluteHours);
  await tx.$executeRaw`
    INSERT INTO operator_sessions (id, token_hash, operator_id, tenant_id, passkey_id, way, idle_minutes, created_at, proved_at, passkey_proved_at,
      last_seen_at, idle_expires_at, absolute_expires_at, ip, user_agent, identity_id, provider_session, needs_passkey)
    SELECT ${id}::uuid, ${new Uint8Array(sha256(token))}, ${input.operatorId}::uuid, ${input.tenantId}::uuid, ${input.passkeyId}::uuid, ${input.way},
      ${idleMinutes}, at, at, CASE WHEN ${input.passkeyId}::uuid IS NULL THEN NULL ELSE at END, at,
      LEAST(at + make_interval(mins => ${idleMinutes}), at + make_interval(hours => ${hours})), at + make_interval(hours => ${hours}),
      ${input.ip}, ${input.userAgent?.slice(0, 500) ?? null}, ${input.identityId ?? null}::uuid, ${input.providerSession ?? null},
      ${input.needsPasskey ?? false}
    FROM (SELECT clock_timestamp() AS at) AS clock`;
  const ended = await tx.$queryRaw<{ id: string }[]>`
    UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = 'more sessions than one operator may have'
    WHERE id IN (SELECT id FROM operator_sessions WHERE operator_id = ${input.operatorId}::uuid AND ended_at IS NULL
      AND clock_timestamp() < idle_expires_at AND clock_timestamp() < absolute_expires_at
      ORDER BY (id = ${id}::uuid) DESC, last_seen_at DESC, id DESC OFFSET ${deskSessionLimits.perOperatorMax}) RETURNING id::text`;
  return { id, token, ended: ended.map((row) => row.id) };
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
    const hash = new Uint8Array(sha256(token));
    if (options.extend)
      await tx.$executeRaw`
        UPDATE operator_sessions SET last_seen_at = clock_timestamp(),
          idle_expires_at = LEAST(absolute_expires_at, clock_timestamp() + make_interval(mins => idle_minutes))
        WHERE token_hash = ${hash} AND ended_at IS NULL AND clock_timestamp() < idle_expires_at
          AND last_seen_at < clock_timestamp() - make_interval(secs => ${deskSessionLimits.touchSeconds})`;
    const [row] = await tx.$queryRaw<DeskSession[]>`
      SELECT s.id::text, s.operator_id::text AS "operatorId", s.tenant_id::text AS "tenantId", o.email, o.display_name AS "displayName",
        ARRAY(SELECT r.role FROM operator_roles r WHERE r.tenant_id = s.tenant_id AND r.operator_id = s.operator_id ORDER BY r.role) AS roles,
        ARRAY(SELECT unnest(c.permissions) FROM operator_roles r JOIN custom_roles c ON c.tenant_id = r.tenant_id AND c.name = r.role
          WHERE r.tenant_id = s.tenant_id AND r.operator_id = s.operator_id) AS "customPermissions",
        s.way, CASE WHEN o.enrolment_open THEN 'enrolment' WHEN s.moved_at IS NOT NULL AND s.way <> 'recovery' THEN 'passkey'
          WHEN s.passkey_proved_at IS NOT NULL THEN NULL WHEN s.way = 'recovery' THEN 'recovery' WHEN s.needs_passkey THEN 'passkey' END AS "limitedTo",
        s.proved_at AS "provedAt", s.idle_expires_at AS "idleExpiresAt", s.absolute_expires_at AS "absoluteExpiresAt",
        extract(epoch FROM s.idle_expires_at - at)::float8 AS "idleSecondsLeft",
        extract(epoch FROM s.absolute_expires_at - at)::float8 AS "absoluteSecondsLeft",
        CASE WHEN s.moved_at IS NOT NULL THEN NULL WHEN s.way = 'break-glass' THEN 0 ELSE extract(epoch FROM at - s.passkey_proved_at)::float8 END AS "passkeyProofAgeSeconds",
        extract(epoch FROM at - s.proved_at)::float8 AS "provedAgeSeconds", s.ip, s.user_agent AS "userAgent"
      FROM operator_sessions s JOIN operators o ON o.id = s.operator_id, clock_timestamp() AS at
      WHERE s.token_hash = ${hash} AND s.ended_at IS NULL AND o.disabled_at IS NULL AND at < s.idle_expires_at AND at < s.absolute_expires_at`;
    return row ?? null;
  });
}

/**
 * True while a session lives, in this tenant. For what outlasts a request: a live stream asks at least every 5 seconds and closes when
 * it is false. By its id, since a passkey proof gives the same session another token.
 */
export async function isDeskSessionAlive(database: Database, sessionId: string, tenantId: string): Promise<boolean> {
  const rows = await database.outsideTenants(
    (tx) => tx.$queryRaw<{ id: string }[]>`
      SELECT s.id::text FROM operator_sessions s JOIN operators o ON o.id = s.operator_id
      WHERE s.id = ${sessionId}::uuid AND s.tenant_id = ${tenantId}::uuid AND s.ended_at IS NULL AND o.disabled_at IS NULL
        AND clock_timestamp() < s.idle_expires_at AND clock_timestamp() < s.absolute_expires_at`,
  );
  return rows.length > 0;
}

/**
 * Gives a living session a new token after a proof with a passkey (ASVS 7.2.4): the old token is dead from this moment. The idle
 * limit starts anew, the absolute one does not. @returns `null` when the session ended or was renewed meanwhile
 */
export async function renewDeskSession(
  tx: Tx,
  input: { id: string; oldToken: string; passkeyId: string },
): Promise<string | null> {
  const token = newSecret();
  const renewed = await tx.$executeRaw`
    UPDATE operator_sessions SET token_hash = ${new Uint8Array(sha256(token))}, passkey_id = ${input.passkeyId}::uuid,
      proved_at = clock_timestamp(), passkey_proved_at = clock_timestamp(), last_seen_at = clock_timestamp(), moved_at = NULL,
      idle_expires_at = LEAST(absolute_expires_at, clock_timestamp() + make_interval(mins => idle_minutes))
    WHERE id = ${input.id}::uuid AND token_hash = ${new Uint8Array(sha256(input.oldToken))} AND ended_at IS NULL
      AND clock_timestamp() < idle_expires_at AND clock_timestamp() < absolute_expires_at`;
  return renewed > 0 ? token : null;
}

/**
 * Notes that a living session now comes from another address; `limits` it until a passkey is shown in it. One move, however many
 * requests see it. @returns true when this call noted it
 */
export async function moveDeskSession(
  tx: Tx,
  move: { id: string; from: string | null; to: string | null; limits: boolean },
): Promise<boolean> {
  const moved = await tx.$executeRaw`
    UPDATE operator_sessions SET ip = ${move.to}, moved_at = CASE WHEN ${move.limits} THEN clock_timestamp() ELSE moved_at END
    WHERE id = ${move.id}::uuid AND ended_at IS NULL AND ip IS NOT DISTINCT FROM ${move.from}::text AND ip IS DISTINCT FROM ${move.to}::text`;
  return moved > 0;
}

/** Ends a session; ending an ended one changes nothing. @returns true when it was alive */
export async function endDeskSession(tx: Tx, id: string, reason: string): Promise<boolean> {
  const ended = await tx.$executeRaw`
    UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = ${reason} WHERE id = ${id}::uuid AND ended_at IS NULL`;
  return ended > 0;
}
