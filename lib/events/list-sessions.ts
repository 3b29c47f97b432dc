import { narrowToPeople, personByEmail, personByWords, rulesForWords } from '#lib/events/people-search.ts';
import { byProviderSlug } from '#lib/events/provider-rule.ts';
import { outlives } from '#lib/events/read-sign-outs.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import {
  type ColumnRule,
  countUpToCap,
  keysetPage,
  type ListQuery,
  type Page,
  whereOf,
} from '#lib/kernel/db/listing.ts';
import type { SessionEnd } from '#lib/model/session-end.ts';

/**
 * A session as lists show it. `state`: live; stale (not ended, unseen for 30 days); ended; revoked, by itself or with all others of its
 * person. `endReason` says which: ended, signed_out, revoked, signed_out_everywhere.
 */
export type SessionRow = {
  id: string;
  state: 'live' | 'stale' | 'ended' | 'revoked';
  personId: string | null;
  personName: string | null;
  personEmail: string | null;
  personSubject: string | null;
  accountType: string | null;
  provider: string;
  providerName: string;
  providerKind: string;
  sourceSessionId: string;
  startedAt: string;
  lastSeenAt: string;
  endedAt: string | null;
  endReason: SessionEnd | null;
  ip: string | null;
  country: string | null;
  city: string | null;
  deviceId: string | null;
  deviceLabel: string | null;
  clients: string[];
  /** State of the latest revocation of this session, if one was ever asked for. */
  revocation: string | null;
};

const isRevoked = Prisma.sql`(s.ended_at IS NOT NULL AND s.end_reason IN ('revoked', 'signed_out_everywhere'))`;
const stateSql = Prisma.sql`CASE WHEN ${isRevoked} THEN 'revoked' WHEN s.ended_at IS NOT NULL THEN 'ended'
  WHEN s.last_seen_at < now() - interval '30 days' THEN 'stale' ELSE 'live' END`;

/** The same as conditions: the living are a few among many, and the index on them asks for `ended_at IS NULL` in so many words. */
const stateRules: Readonly<Record<string, Prisma.Sql>> = {
  revoked: isRevoked,
  ended: Prisma.sql`(s.ended_at IS NOT NULL AND COALESCE(s.end_reason, '') NOT IN ('revoked', 'signed_out_everywhere'))`,
  stale: Prisma.sql`(s.ended_at IS NULL AND s.last_seen_at < now() - interval '30 days')`,
  live: Prisma.sql`(s.ended_at IS NULL AND s.last_seen_at >= now() - interval '30 days')`,
};

const signOutRules: Readonly<Record<string, Prisma.Sql>> = {
  // Who was ever signed out everywhere is found first: they are few, and so are their sessions.
  outlived: Prisma.sql`(s.person_id = ANY(ARRAY(SELECT m.person_id FROM sign_outs m WHERE m.tenant_id = gatehouse_tenant())) AND ${outlives})`,
  reached: Prisma.sql`s.end_reason = 'signed_out_everywhere'`,
};

export const sessionColumns: Readonly<Record<string, ColumnRule>> = {
  q: personByWords(Prisma.sql`s.person_id`, (typed) => Prisma.sql`s.source_session_id = ${typed}`),
  state: {
    kind: 'custom',
    where: (values) =>
      Prisma.sql`(${Prisma.join(
        values.map((value) => stateRules[value] ?? Prisma.sql`false`),
        ' OR ',
      )})`,
  },
  signOut: {
    kind: 'custom',
    where: (values) =>
      Prisma.sql`(${Prisma.join(
        values.map((value) => signOutRules[value] ?? Prisma.sql`false`),
        ' OR ',
      )})`,
  },
  person: { kind: 'id', sql: Prisma.sql`s.person_id` },
  device: { kind: 'id', sql: Prisma.sql`s.device_id` },
  session: { kind: 'id', sql: Prisma.sql`s.id` },
  sourceSessionId: { kind: 'text', sql: Prisma.sql`s.source_session_id` },
  deviceLabel: {
    kind: 'custom',
    where: (values) =>
      Prisma.sql`EXISTS (SELECT 1 FROM devices used WHERE used.tenant_id = s.tenant_id AND used.id = s.device_id AND used.label = ANY(${[...values]}::text[]))`,
  },
  accountType: {
    kind: 'custom',
    where: (values) =>
      Prisma.sql`EXISTS (SELECT 1 FROM people owner WHERE owner.tenant_id = s.tenant_id AND owner.id = s.person_id AND owner.account_type = ANY(${[...values]}::text[]))`,
  },
  provider: byProviderSlug(Prisma.sql`s.provider_id`),
  country: { kind: 'text', sql: Prisma.sql`s.country` },
  ip: { kind: 'network', sql: Prisma.sql`s.ip` },
  asn: { kind: 'number', sql: Prisma.sql`s.asn` },
  email: personByEmail(Prisma.sql`s.person_id`),
  client: {
    kind: 'custom',
    where: (values) =>
      Prisma.sql`EXISTS (SELECT 1 FROM session_clients c WHERE c.tenant_id = s.tenant_id AND c.session_id = s.id AND c.client = ANY(${values}::text[]))`,
  },
  from: { kind: 'time', sql: Prisma.sql`s.last_seen_at` },
  to: { kind: 'time', sql: Prisma.sql`s.last_seen_at` },
};

const joins = Prisma.sql`FROM sessions s
  JOIN providers v ON v.tenant_id = s.tenant_id AND v.id = s.provider_id
  LEFT JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id`;

/** One page of sessions, latest seen first. */
export async function listSessions(tx: Tx, tenantId: string, query: ListQuery): Promise<Page<SessionRow>> {
  const conditions = await narrowToPeople(tx, query.conditions, ['email']);
  const rules = await rulesForWords(tx, conditions, sessionColumns);
  const [page, total] = [rules, sessionColumns].map(
    (each) => Prisma.sql`s.tenant_id = ${tenantId}::uuid AND ${whereOf(conditions, each)}`,
  ) as [Prisma.Sql, Prisma.Sql];
  return keysetPage({
    query,
    keyOf: (row) => ({ at: row.lastSeenAt, id: row.id }),
    sortAt: Prisma.sql`s.last_seen_at`,
    sortId: Prisma.sql`s.id`,
    fetch: ({ after, order, limit }) =>
      selectSessions(tx, Prisma.sql`${page} AND ${after} ORDER BY ${order} LIMIT ${limit}`),
    count: () => countUpToCap(tx, Prisma.sql`FROM sessions s WHERE ${total}`),
  });
}

/** One session by id, or `null`. Another tenant's session is `null` too. */
export async function findSession(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<(SessionRow & { userAgent: string | null; region: string | null }) | null> {
  const [row] = await selectSessions(tx, Prisma.sql`s.tenant_id = ${tenantId}::uuid AND s.id = ${id}::uuid`);
  return row ?? null;
}

async function selectSessions(
  tx: Tx,
  tail: Prisma.Sql,
): Promise<(SessionRow & { userAgent: string | null; region: string | null })[]> {
  const rows = await tx.$queryRaw<
    (Omit<SessionRow, 'startedAt' | 'lastSeenAt' | 'endedAt'> & {
      startedAt: Date;
      lastSeenAt: Date;
      endedAt: Date | null;
      userAgent: string | null;
      region: string | null;
    })[]
  >`
    SELECT s.id::text, ${stateSql} AS state, s.person_id::text AS "personId", p.display_name AS "personName", p.email AS "personEmail",
      p.subject AS "personSubject", p.account_type AS "accountType", v.slug AS provider, v.name AS "providerName", v.kind AS "providerKind",
      s.source_session_id AS "sourceSessionId", s.started_at AS "startedAt", s.last_seen_at AS "lastSeenAt", s.ended_at AS "endedAt",
      s.end_reason AS "endReason", host(s.ip) AS ip, s.country, s.region, s.city, s.user_agent AS "userAgent",
      s.device_id::text AS "deviceId",
      (SELECT d.label FROM devices d WHERE d.tenant_id = s.tenant_id AND d.id = s.device_id) AS "deviceLabel",
      ARRAY(SELECT c.client FROM session_clients c WHERE c.tenant_id = s.tenant_id AND c.session_id = s.id ORDER BY c.client LIMIT 20) AS clients,
      (SELECT COALESCE(i.state, CASE r.state WHEN 'void' THEN 'failed' ELSE 'planned' END)
        FROM proposal_targets t JOIN runs r ON r.tenant_id = t.tenant_id AND r.proposal_id = t.proposal_id
        LEFT JOIN run_items i ON i.tenant_id = r.tenant_id AND i.run_id = r.id AND i.position = t.position
        WHERE t.tenant_id = s.tenant_id AND t.target_id = s.id ORDER BY r.created_at DESC LIMIT 1) AS revocation
    ${joins} WHERE ${tail}`;
  return rows.map((row) => ({
    ...row,
    startedAt: row.startedAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }));
}
