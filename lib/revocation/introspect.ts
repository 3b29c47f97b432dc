import type { Tx } from '#lib/kernel/db/database.ts';

/** The answer of RFC 7662 section 2.2 for a session, plus `cutoff`. Times are NumericDate: seconds since the epoch. */
export type Introspection =
  | { active: false; cutoff?: number; sid?: string }
  | {
      active: true;
      token_type: 'session';
      sid: string;
      sub: string | null;
      iss: string;
      username: string | null;
      client_id: string | null;
      iat: number;
      cutoff?: number;
    };

/**
 * Whether a session is alive: by its id here, or by the provider's own id of it. It sees a cut-off in the moment its one row is
 * committed, long before the provider has been asked; a session of a stopped run that was never begun is alive again.
 * Unknown and ended sessions are inactive and nothing more is said of them.
 */
export async function introspectSession(
  tx: Tx,
  tenantId: string,
  query: { token: string; issuer?: string | undefined },
): Promise<Introspection> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(query.token);
  const [row] = await tx.$queryRaw<
    {
      sid: string;
      ended: boolean;
      startedAt: Date;
      sub: string | null;
      iss: string;
      username: string | null;
      client: string | null;
      cutoff: Date | null;
    }[]
  >`
    SELECT s.source_session_id AS sid, s.ended_at IS NOT NULL AS ended, s.started_at AS "startedAt", p.subject AS sub,
      COALESCE(p.issuer, v.issuer) AS iss, p.email AS username,
      (SELECT c.client FROM session_clients c WHERE c.tenant_id = s.tenant_id AND c.session_id = s.id ORDER BY c.last_seen_at DESC LIMIT 1) AS client,
      (SELECT max(r.cutoff_at) FROM proposal_targets t JOIN runs r ON r.tenant_id = t.tenant_id AND r.proposal_id = t.proposal_id
        LEFT JOIN run_items i ON i.tenant_id = r.tenant_id AND i.run_id = r.id AND i.position = t.position
        WHERE t.tenant_id = s.tenant_id AND t.target_id = s.id AND t.target_type = 'session' AND r.kind = 'revoke-sessions'
          AND r.cutoff_lifted_at IS NULL AND r.state <> 'void' AND i.state IS DISTINCT FROM 'skipped' AND s.started_at <= r.cutoff_at) AS cutoff
    FROM sessions s JOIN providers v ON v.tenant_id = s.tenant_id AND v.id = s.provider_id
    LEFT JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id
    WHERE s.tenant_id = ${tenantId}::uuid
      AND (s.id = ${isId ? query.token : null}::uuid OR s.id = ANY(ARRAY(SELECT k.id FROM providers w JOIN sessions k
        ON k.tenant_id = w.tenant_id AND k.provider_id = w.id AND k.source_session_id = ${query.token}
        WHERE w.tenant_id = ${tenantId}::uuid AND (${query.issuer ?? null}::text IS NULL OR w.issuer = ${query.issuer ?? null} OR w.slug = ${query.issuer ?? null}))))
    ORDER BY s.last_seen_at DESC LIMIT 1`;
  if (!row) return { active: false };
  const cutoff = row.cutoff ? { cutoff: Math.floor(row.cutoff.getTime() / 1_000) } : {};
  if (row.ended || row.cutoff) return { active: false, sid: row.sid, ...cutoff };
  return {
    active: true,
    token_type: 'session',
    sid: row.sid,
    sub: row.sub,
    iss: row.iss,
    username: row.username,
    client_id: row.client,
    iat: Math.floor(row.startedAt.getTime() / 1_000),
  };
}
