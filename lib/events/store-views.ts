import type { DeviceView, PersonView, SessionClientView, SessionView, Views } from '#lib/events/fold-views.ts';
import { Prisma, type RunSql } from '#lib/kernel/db/database.ts';
import { recordset } from '#lib/kernel/db/recordset.ts';

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
const sessionsColumns = {
  id: 'uuid',
  provider_id: 'uuid',
  source_session_id: 'text',
  person_id: 'uuid',
  started_at: 'timestamptz',
  last_seen_at: 'timestamptz',
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

/** Merges folded views into the stored ones by the same order-independent rules as `foldViews`. */
export async function storeViews(run: RunSql, tenantId: string, views: Views): Promise<void> {
  if (views.people.length > 0) await mergePeople(run, tenantId, views.people);
  if (views.sessions.length > 0) await mergeSessions(run, tenantId, views.sessions);
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

async function mergeSessions(run: RunSql, tenantId: string, rows: readonly SessionView[]): Promise<void> {
  await run(
    Prisma.sql`
    INSERT INTO sessions AS old (tenant_id, id, provider_id, source_session_id, person_id, started_at, last_seen_at, ended_at, end_reason,
      network_at, network_event_id, ip, country, region, city, asn, as_name, device_id, user_agent, events)
    SELECT ${tenantId}::uuid, id, provider_id, source_session_id, person_id, started_at, last_seen_at, ended_at, end_reason,
      network_at, network_event_id, ip, country, region, city, asn, as_name, device_id, user_agent, events
    FROM ${recordset(rows, sessionsColumns)} AS r
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      source_session_id = excluded.source_session_id,
      person_id = LEAST(old.person_id, excluded.person_id),
      started_at = LEAST(old.started_at, excluded.started_at),
      last_seen_at = GREATEST(old.last_seen_at, excluded.last_seen_at),
      ended_at = LEAST(old.ended_at, excluded.ended_at),
      end_reason = CASE WHEN COALESCE(array_position(ARRAY['ended','signed_out','revoked'], excluded.end_reason), 0)
        > COALESCE(array_position(ARRAY['ended','signed_out','revoked'], old.end_reason), 0) THEN excluded.end_reason ELSE old.end_reason END,
      (network_at, network_event_id, ip, country, region, city, asn, as_name, device_id, user_agent) = (
        SELECT * FROM (VALUES
          (excluded.network_at, excluded.network_event_id, excluded.ip, excluded.country, excluded.region, excluded.city, excluded.asn, excluded.as_name, excluded.device_id, excluded.user_agent),
          (old.network_at, old.network_event_id, old.ip, old.country, old.region, old.city, old.asn, old.as_name, old.device_id, old.user_agent)
        ) AS v(at, event_id, ip, country, region, city, asn, as_name, device_id, user_agent) ORDER BY at DESC NULLS LAST, event_id DESC LIMIT 1),
      events = old.events + excluded.events`,
    'merge_sessions',
  );
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
