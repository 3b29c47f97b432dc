import { type EventRow, eventRow, type FindPlace, type ProviderRow } from '#lib/events/event-row.ts';
import { foldViews } from '#lib/events/fold-views.ts';
import { noteBatch } from '#lib/events/note-batch.ts';
import type { RawRecord } from '#lib/events/raw-record.ts';
import { type ReadRecord, readRecord } from '#lib/events/read-record.ts';
import { storeViews } from '#lib/events/store-views.ts';
import { type Database, Prisma, type RunSql } from '#lib/kernel/db/database.ts';
import { recordset, textArray, uuidArray } from '#lib/kernel/db/recordset.ts';
import { describeChain, isWorthRepeating } from '#lib/kernel/errors.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import { newId } from '#lib/kernel/ids.ts';
import { eachInTurns } from '#lib/kernel/shared-thread.ts';
import type { ProviderDefinition } from '#lib/providers/definition.ts';

/** What became of a batch. `stored + duplicate + quarantined` is the number of records; `problems` name the quarantined ones. */
export type AppendSummary = {
  stored: number;
  duplicate: number;
  quarantined: number;
  problems: { index: number; code: string; message: string }[];
};

export type AppendContext = {
  database: Database;
  tenantId: string;
  provider: ProviderRow;
  definition: ProviderDefinition;
  findPlace: FindPlace;
  receivedAt: Date;
  /** What belongs to the same transaction as the rows: a pull's cursor, the quarantined records that a replay takes away. */
  alongside?: (run: RunSql) => Promise<unknown>;
};

/** Records a transaction takes at most; callers hand in batches of up to this many. */
export const appendBatchMax = 2_500;

const eventColumns = {
  occurred_at: 'timestamptz',
  id: 'uuid',
  source_event_id: 'text',
  type: 'text',
  provider_type: 'text',
  outcome: 'text',
  reason: 'text',
  interactive: 'boolean',
  person_id: 'uuid',
  session_id: 'uuid',
  device_id: 'uuid',
  actor: 'text',
  client: 'text',
  ip: 'inet',
  user_agent: 'text',
  country: 'text',
  region: 'text',
  city: 'text',
  latitude: 'real',
  longitude: 'real',
  radius_km: 'int',
  time_quality: 'text',
  detail: 'jsonb',
  raw: 'bytea',
  asn: 'bigint',
  as_name: 'text',
  person_issuer: 'text',
  person_subject: 'text',
  person_name: 'text',
  person_email: 'text',
  account_type: 'text',
  source_session_id: 'text',
  device_fingerprint: 'text',
  device_label: 'text',
  device_strong: 'boolean',
  ends_sessions_until: 'timestamptz',
} as const;

type Rejected = Extract<ReadRecord, { ok: false }>;

const monthsMade = new Set<string>();

/**
 * Appends a batch: raw bytes and parsed columns into `events`, people, sessions and devices into the views, unreadable records
 * into quarantine, all in one transaction. When it returns, the rows are durable (I1). The same source id is one event for any
 * number of deliveries (I2); a redelivery with other content is kept beside it. A bad record never blocks a good one (I3).
 * Safe to repeat after any failure.
 */
export async function appendRecords(context: AppendContext, records: readonly RawRecord[]): Promise<AppendSummary> {
  const rows: EventRow[] = [];
  const rejected: (Rejected & { index: number })[] = [];
  // One after the other: what a record was read into is garbage once its row is made.
  await eachInTurns(context.tenantId, records, (record, index) => {
    const read = readRecord(record, context.definition);
    if (read.ok) rows.push(eventRow(read, context));
    else rejected.push({ ...read, index });
  });
  const problems = rejected.map(({ index, code, message }) => ({ index, code, message }));
  await ensureMonths(context.database, context.tenantId, rows);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const stored = await context.database.bulkInTenant(context.tenantId, async (run) => {
        await quarantine(run, context, rejected);
        const fresh = await storeRows(run, context, rows);
        await noteBatch(run, {
          tenantId: context.tenantId,
          providerId: context.provider.id,
          receivedAt: context.receivedAt,
          fresh,
          duplicate: rows.length - fresh.length,
          quarantined: rejected.length,
        });
        await context.alongside?.(run);
        failpoint('ingest.before_commit');
        return fresh.length;
      });
      failpoint('ingest.after_commit');
      return { stored, duplicate: rows.length - stored, quarantined: rejected.length, problems };
    } catch (error) {
      const isRetired = String(error).includes('no partition of relation "events"');
      // Of two batches that bring the same new session at once, one may be refused at its second key instead of waiting at the first.
      const hasMet = describeChain(error).includes('23505');
      if (attempt >= 5 || !(isRetired || hasMet || isWorthRepeating(error))) throw error;
      // Retention dropped a month that this process remembers.
      if (isRetired) {
        monthsMade.clear();
        await ensureMonths(context.database, context.tenantId, rows);
      }
    }
  }
}

/** Stores rows in the caller's transaction: events, views, the detectors' queue. The month must exist. @returns the rows that were new */
export async function storeRows(
  run: RunSql,
  context: Pick<AppendContext, 'tenantId' | 'provider' | 'receivedAt'>,
  rows: readonly EventRow[],
): Promise<EventRow[]> {
  const fresh = await claimNew(run, context, rows);
  await insertEvents(run, context, fresh);
  await storeViews(run, context.tenantId, foldViews(fresh, context.provider));
  await queueForDetection(run, context.tenantId, fresh);
  return fresh;
}

/** Claims each source id once; what is new is returned as it came, so mostly in order of time, redeliveries with other content go to `event_variants`. */
async function claimNew(
  run: RunSql,
  { tenantId, provider }: Pick<AppendContext, 'tenantId' | 'provider'>,
  rows: readonly EventRow[],
): Promise<EventRow[]> {
  if (rows.length === 0) return [];
  const firstById = new Map<string, EventRow>();
  for (const row of rows) if (!firstById.has(row.source_event_id)) firstById.set(row.source_event_id, row);
  const first = [...firstById.values()];
  // Claimed in one order by all, so that two batches never wait for each other in a circle.
  const claims = first.toSorted((a, b) => (a.source_event_id < b.source_event_id ? -1 : 1));
  // Nearly always all are new; the ids come back only when some are not.
  const [claimed] = await run<{ n: number; ids: string[] | null }>(
    Prisma.sql`
    WITH claimed AS (INSERT INTO event_ids (tenant_id, provider_id, source_event_id, event_id, occurred_at, digest)
      SELECT ${tenantId}::uuid, ${provider.id}::uuid, r.source_event_id, r.id, r.occurred_at, r.digest
      FROM ${recordset(claims, { source_event_id: 'text', id: 'uuid', occurred_at: 'timestamptz', digest: 'bytea' })} AS r
      ON CONFLICT DO NOTHING RETURNING source_event_id)
    SELECT count(*)::int AS n, CASE WHEN count(*) < ${rows.length}::int THEN array_agg(source_event_id) END AS ids FROM claimed`,
    'claim_event_ids',
  );
  if (claimed?.n === rows.length) return first;
  const isNew = new Set(claimed?.ids);
  const again = rows.filter((row) => !isNew.has(row.source_event_id) || firstById.get(row.source_event_id) !== row);
  await run(Prisma.sql`
    INSERT INTO event_variants (tenant_id, provider_id, source_event_id, digest, raw)
    SELECT ${tenantId}::uuid, ${provider.id}::uuid, r.source_event_id, r.digest, r.raw
    FROM ${recordset(again, { source_event_id: 'text', digest: 'bytea', raw: 'bytea' })} AS r
    JOIN event_ids known ON known.tenant_id = ${tenantId}::uuid AND known.provider_id = ${provider.id}::uuid
      AND known.source_event_id = r.source_event_id AND known.digest <> r.digest AND known.digest <> ''::bytea
    ON CONFLICT DO NOTHING`);
  return first.filter((row) => isNew.has(row.source_event_id));
}

async function insertEvents(
  run: RunSql,
  { tenantId, provider, receivedAt }: Pick<AppendContext, 'tenantId' | 'provider' | 'receivedAt'>,
  rows: readonly EventRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await run(
    Prisma.sql`
    INSERT INTO events (tenant_id, occurred_at, id, received_at, provider_id, source_event_id, type, provider_type, outcome, reason, interactive,
      person_id, session_id, device_id, actor, client, ip, user_agent, country, region, city, latitude, longitude, radius_km, time_quality, detail, raw,
      asn, as_name, person_issuer, person_subject, person_name, person_email, account_type, source_session_id, device_fingerprint, device_label,
      device_strong, ends_sessions_until)
    SELECT ${tenantId}::uuid, occurred_at, id, ${receivedAt}::timestamptz, ${provider.id}::uuid, source_event_id, type, provider_type, outcome, reason,
      interactive, person_id, session_id, device_id, actor, client, ip, user_agent, country, region, city, latitude, longitude, radius_km, time_quality,
      detail, raw, asn, as_name, person_issuer, person_subject, person_name, person_email, account_type, source_session_id, device_fingerprint,
      device_label, device_strong, ends_sessions_until
    FROM ${recordset(rows, eventColumns)} AS r`,
    'insert_events',
  );
}

async function quarantine(
  run: RunSql,
  { tenantId, provider }: AppendContext,
  rejected: readonly Rejected[],
): Promise<void> {
  if (rejected.length === 0) return;
  const bad = rejected.map((each) => ({ ...each, id: newId() }));
  await run(Prisma.sql`
    INSERT INTO quarantined_records (tenant_id, id, provider_id, code, message, digest, raw)
    SELECT ${tenantId}::uuid, r.id, ${provider.id}::uuid, r.code, r.message, r.digest, r.raw
    FROM ${recordset(bad, { id: 'uuid', code: 'text', message: 'text', digest: 'bytea', raw: 'bytea' })} AS r
    ON CONFLICT DO NOTHING`);
}

async function queueForDetection(run: RunSql, tenantId: string, rows: readonly EventRow[]): Promise<void> {
  let [fromAt, toAt] = [rows[0]?.occurred_at, rows[0]?.occurred_at];
  if (!fromAt || !toAt) return;
  for (const { occurred_at: at } of rows) {
    if (at < fromAt) fromAt = at;
    if (at > toAt) toAt = at;
  }
  const people = [...new Set(rows.flatMap((row) => row.person_id ?? []))];
  const ips = [...new Set(rows.flatMap((row) => row.ip ?? []))];
  await run(
    Prisma.sql`
    INSERT INTO event_batches (tenant_id, id, event_ids, person_ids, ips, from_at, to_at)
    VALUES (${tenantId}::uuid, ${newId()}::uuid, ${uuidArray(rows.map((row) => row.id))}::uuid[], ${uuidArray(people)}::uuid[],
      ${textArray(ips)}::text[]::inet[], ${fromAt}::timestamptz, ${toAt}::timestamptz)`,
    'queue_batch',
  );
}

async function ensureMonths(database: Database, tenantId: string, rows: readonly EventRow[]): Promise<void> {
  const months = [...new Set(rows.map((row) => `${row.occurred_at.slice(0, 7)}-01`))].filter(
    (month) => !monthsMade.has(month),
  );
  if (months.length === 0) return;
  await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw`SELECT gatehouse_ensure_event_months(${months}::text[]::date[])`,
  );
  for (const month of months) monthsMade.add(month);
}
