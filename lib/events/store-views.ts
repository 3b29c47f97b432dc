import type {
  DeviceView,
  PersonView,
  SessionClientView,
  SessionView,
  SignOutView,
  Views,
} from '#lib/events/fold-views.ts';
import { settleSessions } from '#lib/events/settle-sessions.ts';
import { Prisma, type RunSql } from '#lib/kernel/db/database.ts';
import { recordset, uuidArray } from '#lib/kernel/db/recordset.ts';

const peopleColumns = {
  id: 'uuid',
  provider_id: 'uuid',
  issuer: 'text',
  subject: 'text',
  account_type: 'text',
  display_name: 'text',
  name_at: 'timestamptz',
  email: 'text',
  email_at: 'timestamptz',
  first_seen_at: 'timestamptz',
  last_seen_at: 'timestamptz',
  sign_ins: 'int',
  failures: 'int',
} as const;
const signOutsColumns = {
  event_id: 'uuid',
  provider_id: 'uuid',
  person_id: 'uuid',
  session_id: 'uuid',
  at: 'timestamptz',
  until: 'timestamptz',
} as const;
const sessionsColumns = {
  id: 'uuid',
  provider_id: 'uuid',
  source_session_id: 'text',
  person_id: 'uuid',
  started_at: 'timestamptz',
  last_seen_at: 'timestamptz',
  used_at: 'timestamptz',
  ended_at: 'timestamptz',
  end_reason: 'text',
  network_at: 'timestamptz',
  network_event_id: 'uuid',
  ip: 'inet',
  country: 'text',
  region: 'text',
  city: 'text',
  asn: 'bigint',
  as_name: 'text',
  device_id: 'uuid',
  user_agent: 'text',
  events: 'int',
} as const;
const sessionClientsColumns = {
  session_id: 'uuid',
  client: 'text',
  first_seen_at: 'timestamptz',
  last_seen_at: 'timestamptz',
} as const;
const devicesColumns = {
  id: 'uuid',
  person_id: 'uuid',
  fingerprint: 'text',
  label: 'text',
  strong: 'boolean',
  first_seen_at: 'timestamptz',
  last_seen_at: 'timestamptz',
  sign_ins: 'int',
  failures: 'int',
  network_at: 'timestamptz',
  network_event_id: 'uuid',
  ip: 'inet',
  country: 'text',
  region: 'text',
  city: 'text',
  asn: 'bigint',
  as_name: 'text',
} as const;

/**
 * Merges folded views into the stored ones by the same order-independent rules as `foldViews`. People come first: their rows are locked from
 * then on, so of two batches about one person the second sees what the first brought, sign-outs everywhere above all.
 */
export async function storeViews(run: RunSql, tenantId: string, views: Views): Promise<void> {
  if (views.people.length > 0) await mergePeople(run, tenantId, views.people);
  if (views.signOuts.length > 0) await addSignOuts(run, tenantId, views.signOuts);
  const unsettled = views.sessions.length > 0 ? await mergeSessions(run, tenantId, views.sessions) : [];
  await settleSessions(run, tenantId, { sessions: unsettled, people: views.signOuts.map((each) => each.person_id) });
  if (views.sessionClients.length > 0) await mergeSessionClients(run, tenantId, views.sessionClients);
  if (views.devices.length > 0) await mergeDevices(run, tenantId, views.devices);
}

async function mergePeople(run: RunSql, tenantId: string, rows: readonly PersonView[]): Promise<void> {
  await run(
    Prisma.sql`
    INSERT INTO people AS old (tenant_id, id, provider_id, issuer, subject, account_type, display_name, name_at, email, email_at,
      first_seen_at, last_seen_at, sign_ins, failures)
    SELECT ${tenantId}::uuid, id, provider_id, issuer, subject, account_type, display_name, name_at, email, email_at,
      first_seen_at, last_seen_at, sign_ins, failures
    FROM ${recordset(rows, peopleColumns)} AS r
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      -- The same id is the same issuer and subject, unless the stored ones were erased; then the new event brings them again.
      provider_id = LEAST(old.provider_id, excluded.provider_id), issuer = excluded.issuer, subject = excluded.subject,
      account_type = CASE WHEN array_position(ARRAY['unknown','human','workload','service'], excluded.account_type)
        > array_position(ARRAY['unknown','human','workload','service'], old.account_type) THEN excluded.account_type ELSE old.account_type END,
      display_name = CASE WHEN excluded.name_at IS NOT NULL AND (old.name_at IS NULL OR (excluded.name_at, excluded.display_name COLLATE "C")
        > (old.name_at, old.display_name COLLATE "C")) THEN excluded.display_name ELSE old.display_name END,
      name_at = GREATEST(old.name_at, excluded.name_at),
      email = CASE WHEN excluded.email_at IS NOT NULL AND (old.email_at IS NULL OR (excluded.email_at, excluded.email COLLATE "C")
        > (old.email_at, old.email COLLATE "C")) THEN excluded.email ELSE old.email END,
      email_at = GREATEST(old.email_at, excluded.email_at),
      first_seen_at = LEAST(old.first_seen_at, excluded.first_seen_at),
      last_seen_at = GREATEST(old.last_seen_at, excluded.last_seen_at),
      sign_ins = old.sign_ins + excluded.sign_ins,
      failures = old.failures + excluded.failures`,
    'merge_people',
  );
}

async function addSignOuts(run: RunSql, tenantId: string, rows: readonly SignOutView[]): Promise<void> {
  // Whoever is adding to these people's sessions without naming them is waited for here, or waits; the statement that settles comes after.
  await run(Prisma.sql`
    SELECT count(*) FROM (
      SELECT 1 FROM sessions WHERE tenant_id = ${tenantId}::uuid AND person_id = ANY(${uuidArray(rows.map((row) => row.person_id))}::uuid[])
      ORDER BY id FOR UPDATE) AS locked`);
  await run(Prisma.sql`
    INSERT INTO sign_outs (tenant_id, event_id, provider_id, person_id, session_id, at, until)
    SELECT ${tenantId}::uuid, event_id, provider_id, person_id, session_id, at, until FROM ${recordset(rows, signOutsColumns)} AS r
    ON CONFLICT DO NOTHING`);
}

/** @returns the ids of sessions whose end is not yet certain: somebody was signed out everywhere who has, or had, them */
async function mergeSessions(run: RunSql, tenantId: string, rows: readonly SessionView[]): Promise<string[]> {
  const unsettled = await run<{ id: string }>(
    Prisma.sql`
    WITH merged AS (
    INSERT INTO sessions AS old (tenant_id, id, provider_id, source_session_id, person_id, started_at, last_seen_at, used_at, ended_at, end_reason,
      own_ended_at, own_end_reason, network_at, network_event_id, ip, country, region, city, asn, as_name, device_id, user_agent, events)
    SELECT ${tenantId}::uuid, id, provider_id, source_session_id, person_id, started_at, last_seen_at, used_at, ended_at, end_reason,
      ended_at, end_reason, network_at, network_event_id, ip, country, region, city, asn, as_name, device_id, user_agent, events
    FROM ${recordset(rows, sessionsColumns)} AS r
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      source_session_id = excluded.source_session_id,
      person_id = LEAST(old.person_id, excluded.person_id),
      started_at = LEAST(old.started_at, excluded.started_at),
      last_seen_at = GREATEST(old.last_seen_at, excluded.last_seen_at),
      used_at = GREATEST(old.used_at, excluded.used_at),
      ended_at = LEAST(old.ended_at, excluded.ended_at),
      own_ended_at = LEAST(old.own_ended_at, excluded.own_ended_at),
      own_end_reason = CASE WHEN COALESCE(array_position(ARRAY['ended','signed_out','revoked'], excluded.own_end_reason), 0)
        > COALESCE(array_position(ARRAY['ended','signed_out','revoked'], old.own_end_reason), 0) THEN excluded.own_end_reason ELSE old.own_end_reason END,
      end_reason = CASE WHEN COALESCE(array_position(ARRAY['ended','signed_out','revoked'], excluded.end_reason), 0)
        > COALESCE(array_position(ARRAY['ended','signed_out','revoked'], old.end_reason), 0) THEN excluded.end_reason ELSE old.end_reason END,
      (network_at, network_event_id, ip, country, region, city, asn, as_name, device_id, user_agent) = (
        SELECT * FROM (VALUES
          (excluded.network_at, excluded.network_event_id, excluded.ip, excluded.country, excluded.region, excluded.city, excluded.asn, excluded.as_name, excluded.device_id, excluded.user_agent),
          (old.network_at, old.network_event_id, old.ip, old.country, old.region, old.city, old.asn, old.as_name, old.device_id, old.user_agent)
        ) AS v(at, event_id, ip, country, region, city, asn, as_name, device_id, user_agent) ORDER BY at DESC NULLS LAST, event_id DESC LIMIT 1),
      events = old.events + excluded.events
    RETURNING id, person_id, ended_at, own_ended_at, end_reason, own_end_reason)
    SELECT merged.id::text FROM merged JOIN sign_outs o ON o.tenant_id = ${tenantId}::uuid AND o.person_id = merged.person_id
    UNION SELECT id::text FROM merged WHERE (ended_at, end_reason) IS DISTINCT FROM (own_ended_at, own_end_reason)`,
    'merge_sessions',
  );
  const strangers = rows.flatMap((row) => (row.person_id === null ? row.id : []));
  if (strangers.length === 0) return unsettled.map(({ id }) => id);
  // Of these no person's row is locked: a sign-out may have come while the statement above waited, and only one after it sees that.
  const more = await run<{ id: string }>(
    Prisma.sql`
    SELECT DISTINCT s.id::text FROM sessions s JOIN sign_outs o ON o.tenant_id = s.tenant_id AND o.person_id = s.person_id
    WHERE s.tenant_id = ${tenantId}::uuid AND s.id = ANY(${uuidArray(strangers)}::uuid[])`,
    'sessions_of_nobody',
  );
  return [...new Set([...unsettled, ...more].map(({ id }) => id))];
}

async function mergeSessionClients(run: RunSql, tenantId: string, rows: readonly SessionClientView[]): Promise<void> {
  await run(
    Prisma.sql`
    INSERT INTO session_clients AS old (tenant_id, session_id, client, first_seen_at, last_seen_at)
    SELECT ${tenantId}::uuid, session_id, client, first_seen_at, last_seen_at
    FROM ${recordset(rows, sessionClientsColumns)} AS r
    ON CONFLICT (tenant_id, session_id, client) DO UPDATE SET
      first_seen_at = LEAST(old.first_seen_at, excluded.first_seen_at),
      last_seen_at = GREATEST(old.last_seen_at, excluded.last_seen_at)`,
    'merge_session_clients',
  );
}

async function mergeDevices(run: RunSql, tenantId: string, rows: readonly DeviceView[]): Promise<void> {
  await run(
    Prisma.sql`
    INSERT INTO devices AS old (tenant_id, id, person_id, fingerprint, label, strong, first_seen_at, last_seen_at, sign_ins, failures,
      network_at, network_event_id, ip, country, region, city, asn, as_name)
    SELECT ${tenantId}::uuid, id, person_id, fingerprint, label, strong, first_seen_at, last_seen_at, sign_ins, failures,
      network_at, network_event_id, ip, country, region, city, asn, as_name
    FROM ${recordset(rows, devicesColumns)} AS r
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      fingerprint = excluded.fingerprint,
      label = GREATEST(old.label COLLATE "C", excluded.label COLLATE "C"),
      first_seen_at = LEAST(old.first_seen_at, excluded.first_seen_at),
      last_seen_at = GREATEST(old.last_seen_at, excluded.last_seen_at),
      sign_ins = old.sign_ins + excluded.sign_ins,
      failures = old.failures + excluded.failures,
      (network_at, network_event_id, ip, country, region, city, asn, as_name) = (
        SELECT * FROM (VALUES
          (excluded.network_at, excluded.network_event_id, excluded.ip, excluded.country, excluded.region, excluded.city, excluded.asn, excluded.as_name),
          (old.network_at, old.network_event_id, old.ip, old.country, old.region, old.city, old.asn, old.as_name)
        ) AS v(at, event_id, ip, country, region, city, asn, as_name) ORDER BY at DESC NULLS LAST, event_id DESC LIMIT 1)`,
    'merge_devices',
  );
}
