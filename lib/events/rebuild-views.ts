import { noUse } from '#lib/events/fold-views.ts';
import { endOf, reaches, settleSessions } from '#lib/events/settle-sessions.ts';
import { Prisma, runnerOf, type Tx } from '#lib/kernel/db/database.ts';

/** The views, and which ids of each to look at: these, or all. */
export const viewNames = ['people', 'sign_outs', 'sessions', 'session_clients', 'devices'] as const;
export type ViewName = (typeof viewNames)[number];
export type ViewScope = { people: readonly string[]; sessions: readonly string[]; devices: readonly string[] } | null;

/** What a rebuild found: how many rows a view has, and the ids of rows that are not what the events say (the first 20). */
export type ViewVerdict = { view: ViewName; rows: number; different: number; ids: string[] };

/** Rows of events that say nothing of a session: providers name one in failed sign-ins too. */
const countsForSession = Prisma.sql`NOT (e.type = 'sign_in' AND e.outcome = 'failure')`;
/** Rows that tell where a session was used and with what: who ended another's was elsewhere. */
const tellsOfUse = Prisma.sql`NOT (e.actor IS NOT NULL AND e.type IN ('session_ended', 'sign_out', 'session_revoked'))`;
/** When an event was seen: what a fast clock wrote ahead was not seen before it came in. */
const seenAt = Prisma.sql`LEAST(e.occurred_at, e.received_at)`;
const byName = Prisma.sql`COLLATE "C"`;

/**
 * Derives every view anew from the events alone, in SQL and in one snapshot, and compares it with what is stored (the promise that
 * views always equal a rebuild). Memory stays within the database's `work_mem`. For large stores use the `maintenance` pool.
 */
export async function checkViews(tx: Tx, tenantId: string): Promise<ViewVerdict[]> {
  const verdicts: ViewVerdict[] = [];
  for (const view of viewNames) {
    const { stored, derived, key, columns } = shapes[view](tenantId, null);
    const names = (alias: string) => Prisma.sql([`ROW(${columns.map((column) => `${alias}.${column}`).join(', ')})`]);
    const join = Prisma.sql([key.map((column) => `s.${column} = d.${column}`).join(' AND ')]);
    const id = Prisma.sql([`COALESCE(s.${key[0]}, d.${key[0]})`]);
    const [found] = await tx.$queryRaw<{ rows: number; different: number; ids: string[] | null }[]>`
      WITH compared AS (
        SELECT ${id}::text AS id, s.${Prisma.sql([key[0] ?? 'id'])} IS NOT NULL AS is_stored,
          s.${Prisma.sql([key[0] ?? 'id'])} IS NULL OR d.${Prisma.sql([key[0] ?? 'id'])} IS NULL OR ${names('s')} IS DISTINCT FROM ${names('d')} AS differs
        FROM (${stored}) AS s FULL JOIN (${derived}) AS d ON ${join}
      )
      SELECT count(*) FILTER (WHERE is_stored)::int AS rows, count(*) FILTER (WHERE differs)::int AS different,
        (array_agg(id ORDER BY id) FILTER (WHERE differs))[1:20] AS ids FROM compared`;
    verdicts.push({ view, rows: found?.rows ?? 0, different: found?.different ?? 0, ids: found?.ids ?? [] });
  }
  return verdicts;
}

/**
 * Puts in place of these rows what the events say of them now; rows no event speaks of any more go. After retention and erasure.
 * Runs in the caller's transaction, which holds off appends to the same rows until it commits.
 */
export async function rebuildViews(tx: Tx, tenantId: string, scope: NonNullable<ViewScope>): Promise<void> {
  // Sessions of theirs that are not in the scope ended, or go on, by sign-outs that may be gone.
  const people = await tx.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT person_id::text AS id FROM sign_outs WHERE tenant_id = ${tenantId}::uuid AND person_id = ANY(${[...scope.people]}::text[]::uuid[])`;
  for (const view of viewNames) {
    const { derived, key, columns, table, scoped } = shapes[view](tenantId, scope);
    const all = Prisma.sql([[...key, ...columns].join(', ')]);
    await tx.$executeRaw`DELETE FROM ${table} AS v WHERE v.tenant_id = ${tenantId}::uuid AND ${scoped}`;
    await tx.$executeRaw`INSERT INTO ${table} (tenant_id, ${all}) SELECT ${tenantId}::uuid, ${all} FROM (${derived}) AS d`;
  }
  await settleSessions(runnerOf(tx), tenantId, { sessions: [], people: people.map(({ id }) => id) });
}

type Shape = {
  table: Prisma.Sql;
  /** What tells a row apart within the tenant, and the columns beside it, in the order of both selects. */
  key: readonly string[];
  columns: readonly string[];
  stored: Prisma.Sql;
  derived: Prisma.Sql;
  scoped: Prisma.Sql;
};

const shapes: Record<ViewName, (tenantId: string, scope: ViewScope) => Shape> = {
  people(tenantId, scope) {
    const columns = [
      'provider_id',
      'issuer',
      'subject',
      'account_type',
      'display_name',
      'name_at',
      'email',
      'email_at',
      'first_seen_at',
      'last_seen_at',
      'sign_ins',
      'failures',
    ];
    return shape(
      'people',
      tenantId,
      ['id'],
      columns,
      Prisma.sql`id = ANY(${scope?.people ?? []}::text[]::uuid[])`,
      Prisma.sql`
      SELECT e.person_id AS id, ${leastId(Prisma.sql`e.provider_id`)} AS provider_id,
        ${firstReal(Prisma.sql`e.person_issuer`)} AS issuer, ${firstReal(Prisma.sql`e.person_subject`)} AS subject,
        (ARRAY['unknown','human','workload','service'])[max(array_position(ARRAY['unknown','human','workload','service'], COALESCE(e.account_type, 'unknown')))] AS account_type,
        (array_agg(e.person_name ORDER BY ${seenAt} DESC, e.person_name ${byName} DESC) FILTER (WHERE e.person_name IS NOT NULL))[1] AS display_name,
        max(${seenAt}) FILTER (WHERE e.person_name IS NOT NULL) AS name_at,
        (array_agg(e.person_email ORDER BY ${seenAt} DESC, e.person_email ${byName} DESC) FILTER (WHERE e.person_email IS NOT NULL))[1] AS email,
        max(${seenAt}) FILTER (WHERE e.person_email IS NOT NULL) AS email_at,
        min(${seenAt}) AS first_seen_at, max(${seenAt}) AS last_seen_at, ${signIns('success')} AS sign_ins, ${signIns('failure')} AS failures
      FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.person_id IS NOT NULL AND e.person_subject IS NOT NULL
        AND ${within(scope?.people, Prisma.sql`e.person_id`)}
      GROUP BY e.person_id`,
    );
  },
  sign_outs(tenantId, scope) {
    return shape(
      'sign_outs',
      tenantId,
      ['event_id'],
      ['provider_id', 'person_id', 'session_id', 'at', 'until'],
      Prisma.sql`person_id = ANY(${scope?.people ?? []}::text[]::uuid[])`,
      Prisma.sql`
      SELECT e.id AS event_id, e.provider_id, e.person_id, e.session_id, ${seenAt} AS at, e.ends_sessions_until AS until
      FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.ends_sessions_until IS NOT NULL AND e.person_id IS NOT NULL
        AND ${within(scope?.people, Prisma.sql`e.person_id`)}`,
    );
  },
  sessions(tenantId, scope) {
    const columns = [
      'provider_id',
      'source_session_id',
      'person_id',
      'started_at',
      'last_seen_at',
      'used_at',
      'own_ended_at',
      'own_end_reason',
      'ended_at',
      'end_reason',
      'network_at',
      'network_event_id',
      'ip',
      'country',
      'region',
      'city',
      'asn',
      'as_name',
      'device_id',
      'user_agent',
      'events',
    ];
    const ends = Prisma.sql`e.outcome <> 'failure' AND e.ends_sessions_until IS NULL AND e.type IN ('session_ended', 'sign_out', 'session_revoked')`;
    const uses = Prisma.sql`e.ends_sessions_until IS NOT NULL OR (e.outcome <> 'failure' AND e.type <> ALL(${noUse}::text[]))`;
    const [g, m, everywhere] = [Prisma.sql`g`, Prisma.sql`m`, Prisma.sql`o.at`];
    return shape(
      'sessions',
      tenantId,
      ['id'],
      columns,
      Prisma.sql`id = ANY(${scope?.sessions ?? []}::text[]::uuid[])`,
      Prisma.sql`
      WITH g AS (
        SELECT e.session_id AS id, ${leastId(Prisma.sql`e.provider_id`)} AS provider_id, ${firstReal(Prisma.sql`e.source_session_id`)} AS source_session_id,
          ${leastId(Prisma.sql`e.person_id`)} AS person_id, min(${seenAt}) AS started_at, max(${seenAt}) AS last_seen_at,
          max(${seenAt}) FILTER (WHERE ${uses}) AS used_at, min(${seenAt}) FILTER (WHERE ${ends}) AS own_ended_at,
          (ARRAY['ended','signed_out','revoked'])[max(array_position(ARRAY['session_ended','sign_out','session_revoked'], e.type)) FILTER (WHERE ${ends})] AS own_end_reason,
          count(*)::int AS events
        FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.session_id IS NOT NULL AND e.source_session_id IS NOT NULL AND ${countsForSession}
          AND ${within(scope?.sessions, Prisma.sql`e.session_id`)}
        GROUP BY e.session_id
      ), everywhere AS (
        SELECT g.id, min(m.at) AS at FROM g JOIN (
          SELECT e.person_id, e.provider_id, e.session_id, ${seenAt} AS at, e.ends_sessions_until AS until FROM events e
          WHERE e.tenant_id = ${tenantId}::uuid AND e.ends_sessions_until IS NOT NULL
        ) AS m ON m.person_id = g.person_id AND ${reaches(g, m)} GROUP BY g.id
      )
      SELECT g.*, ${endOf(g, everywhere)}, n.seen_at AS network_at, n.id AS network_event_id, n.ip, n.country, n.region, n.city, n.asn, n.as_name,
        n.device_id, n.user_agent
      FROM g LEFT JOIN everywhere o ON o.id = g.id LEFT JOIN (
        SELECT DISTINCT ON (e.session_id) e.session_id, ${seenAt} AS seen_at, e.id, e.ip, e.country, e.region, e.city, e.asn, e.as_name, e.device_id, e.user_agent
        FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.session_id IS NOT NULL AND e.ip IS NOT NULL AND ${countsForSession} AND ${tellsOfUse}
          AND ${within(scope?.sessions, Prisma.sql`e.session_id`)}
        ORDER BY e.session_id, ${seenAt} DESC, e.id DESC
      ) AS n ON n.session_id = g.id`,
    );
  },
  session_clients(tenantId, scope) {
    const columns = ['first_seen_at', 'last_seen_at'];
    return shape(
      'session_clients',
      tenantId,
      ['session_id', 'client'],
      columns,
      Prisma.sql`session_id = ANY(${scope?.sessions ?? []}::text[]::uuid[])`,
      Prisma.sql`
      SELECT e.session_id, e.client, min(${seenAt}) AS first_seen_at, max(${seenAt}) AS last_seen_at
      FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.session_id IS NOT NULL AND e.client IS NOT NULL AND ${countsForSession} AND ${tellsOfUse}
        AND ${within(scope?.sessions, Prisma.sql`e.session_id`)}
      GROUP BY e.session_id, e.client`,
    );
  },
  devices(tenantId, scope) {
    const columns = [
      'person_id',
      'fingerprint',
      'label',
      'strong',
      'first_seen_at',
      'last_seen_at',
      'sign_ins',
      'failures',
      'network_at',
      'network_event_id',
      'ip',
      'country',
      'region',
      'city',
      'asn',
      'as_name',
    ];
    return shape(
      'devices',
      tenantId,
      ['id'],
      columns,
      Prisma.sql`id = ANY(${scope?.devices ?? []}::text[]::uuid[])`,
      Prisma.sql`
      SELECT g.*, n.seen_at AS network_at, n.id AS network_event_id, n.ip, n.country, n.region, n.city, n.asn, n.as_name
      FROM (
        SELECT e.device_id AS id, ${leastId(Prisma.sql`e.person_id`)} AS person_id, ${firstReal(Prisma.sql`e.device_fingerprint`)} AS fingerprint,
          max(e.device_label ${byName}) AS label, bool_or(COALESCE(e.device_strong, false)) AS strong,
          min(${seenAt}) AS first_seen_at, max(${seenAt}) AS last_seen_at, ${signIns('success')} AS sign_ins, ${signIns('failure')} AS failures
        FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.device_id IS NOT NULL AND e.device_fingerprint IS NOT NULL
          AND ${within(scope?.devices, Prisma.sql`e.device_id`)}
        GROUP BY e.device_id
      ) AS g LEFT JOIN (
        SELECT DISTINCT ON (e.device_id) e.device_id, ${seenAt} AS seen_at, e.id, e.ip, e.country, e.region, e.city, e.asn, e.as_name
        FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.device_id IS NOT NULL AND e.ip IS NOT NULL
          AND ${within(scope?.devices, Prisma.sql`e.device_id`)}
        ORDER BY e.device_id, ${seenAt} DESC, e.id DESC
      ) AS n ON n.device_id = g.id`,
    );
  },
};

function shape(
  table: ViewName,
  tenantId: string,
  key: readonly string[],
  columns: readonly string[],
  scoped: Prisma.Sql,
  derived: Prisma.Sql,
): Shape {
  const all = Prisma.sql([[...key, ...columns].join(', ')]);
  return {
    table: Prisma.sql([table]),
    key,
    columns,
    scoped,
    derived,
    stored: Prisma.sql`SELECT ${all} FROM ${Prisma.sql([table])} WHERE tenant_id = ${tenantId}::uuid`,
  };
}

function within(ids: readonly string[] | undefined, column: Prisma.Sql): Prisma.Sql {
  return ids ? Prisma.sql`${column} = ANY(${[...ids]}::text[]::uuid[])` : Prisma.sql`true`;
}

/** Of what names a thing the latest that an erasure did not replace; all others are the same. */
function firstReal(column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`COALESCE(max(${column} ${byName}) FILTER (WHERE e.person_issuer IS DISTINCT FROM 'urn:gatehouse:erased'), max(${column} ${byName}))`;
}

function signIns(outcome: 'success' | 'failure'): Prisma.Sql {
  return Prisma.sql`count(*) FILTER (WHERE e.type = 'sign_in' AND e.outcome = ${outcome})::int`;
}

/** The database has no least of uuids; their texts stand in the same order. */
function leastId(column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`min(${column}::text ${byName})::uuid`;
}
