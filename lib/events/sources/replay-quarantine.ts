import { z } from 'zod';
import { appendRecords } from '#lib/events/append.ts';
import type { FindPlace } from '#lib/events/event-row.ts';
import { costOf, deliveries } from '#lib/events/ingest-queue.ts';
import type { RawRecord } from '#lib/events/raw-record.ts';
import { readRecord } from '#lib/events/read-record.ts';
import { unfoldRecords } from '#lib/events/unfold-records.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { now } from '#lib/kernel/clock.ts';
import { requirePermission } from '#lib/kernel/command.ts';
import { type Database, Prisma, type RunSql } from '#lib/kernel/db/database.ts';
import { uuidArray } from '#lib/kernel/db/recordset.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { eachInTurns } from '#lib/kernel/shared-thread.ts';
import { findProvider } from '#lib/providers/registry.ts';

export const replayInput = z.strictObject({
  id: z.uuid(),
  /** Only records of this reason; all of the provider's when left out. */
  code: z.string().max(60).optional(),
  /** Only these records. */
  records: z.array(z.uuid()).min(1).max(200).optional(),
  /** Only records after this one: `next` of the request before. */
  after: z.uuid().optional(),
});
export type ReplaySummary = {
  tried: number;
  stored: number;
  duplicate: number;
  stillQuarantined: number;
  /** Where to go on when one request could not try all; `null` when it did. */
  next: string | null;
};

/** Records, and bytes of them, tried in one request at most; `next` says where the others begin. Some seconds, so that progress shows. */
const replayMax = 5_000;
const replayBytesMax = 32 * 1024 * 1024;
/** Records, and bytes of them, that are in memory at once. */
const pageSize = 500;
const pageBytesMax = 1024 * 1024;
type Waiting = { id: string; raw: Uint8Array };

/**
 * Reads quarantined records of a provider again, as the mapping is now. What has become readable is stored like any other record and
 * leaves the quarantine in the same transaction; the rest stays as it is. Safe to repeat: nothing is stored twice.
 * @throws Refusal `forbidden`, `invalid_input`, `not_found`
 */
export async function replayQuarantine(
  database: Database,
  actor: Actor,
  raw: unknown,
  findPlace: FindPlace,
): Promise<ReplaySummary> {
  await requirePermission(database, actor, 'providers:manage', 'quarantine_replayed');
  const parsed = replayInput.safeParse(raw);
  if (!parsed.success) throw new Refusal('invalid_input', 'Some fields are not right. Nothing was changed.');
  const { id, code, records: only, after: begin } = parsed.data;
  const { tenantId } = actor;
  const provider = await database.inTenant(tenantId, (tx) =>
    tx.provider.findUnique({ where: { tenantId_id: { tenantId, id } } }),
  );
  const definition = provider ? findProvider(provider.kind) : undefined;
  if (!provider || !definition) throw new Refusal('not_found', 'There is no such provider.');
  const summary: ReplaySummary = { tried: 0, stored: 0, duplicate: 0, stillQuarantined: 0, next: null };
  const note = (action: string, detail: Record<string, string | number | null>) =>
    database.inTenant(tenantId, (tx) =>
      appendAudit(tx, actor, {
        action,
        outcome: 'success',
        target: { type: 'provider', id },
        detail: { ...detail, ...(code ? { code } : {}) },
      }),
    );
  let bytesTried = 0;
  let after = begin ?? '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const waiting: Waiting[] = await database.inTenant(tenantId, (tx) =>
      tx.$queryRaw<Waiting[]>(Prisma.sql`
        WITH page AS (
          SELECT id, row_number() OVER (ORDER BY id) AS place, sum(octet_length(raw)) OVER (ORDER BY id) AS bytes
          FROM (SELECT id, raw FROM quarantined_records
            WHERE tenant_id = ${tenantId}::uuid AND provider_id = ${id}::uuid AND id > ${after}::uuid
              AND ${code === undefined ? Prisma.sql`true` : Prisma.sql`code = ${code}`} AND ${only ? Prisma.sql`id = ANY(${only}::text[]::uuid[])` : Prisma.sql`true`}
            ORDER BY id LIMIT ${pageSize}) AS next)
        SELECT q.id::text, q.raw FROM page JOIN quarantined_records q ON q.tenant_id = ${tenantId}::uuid AND q.id = page.id
        WHERE page.place = 1 OR page.bytes <= ${pageBytesMax} ORDER BY q.id`),
    );
    const last = waiting.at(-1);
    if (!last) break;
    after = last.id;
    summary.tried += waiting.length;
    // Only what has become readable whole is taken out; half a delivery would lose its other half.
    const leaving: string[] = [];
    const readable: RawRecord[] = [];
    await eachInTurns(tenantId, waiting, ({ id: record, raw: bytes }) => {
      bytesTried += bytes.length;
      const parts = unfoldRecords([{ raw: Buffer.from(bytes), problem: null }], definition);
      if (!parts.every((part) => readRecord(part, definition).ok)) return;
      leaving.push(record);
      readable.push(...parts);
    });
    summary.stillQuarantined += waiting.length - leaving.length;
    if (leaving.length > 0) {
      // Before anything is changed: whoever ends this half-way leaves no change without an entry.
      if (summary.stored + summary.duplicate === 0) await note('quarantine_replay_begun', {});
      const context = {
        database,
        tenantId,
        provider,
        definition,
        findPlace,
        receivedAt: now(),
        alongside: (run: RunSql) =>
          run(
            Prisma.sql`DELETE FROM quarantined_records WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${uuidArray(leaving)}::uuid[])`,
          ),
      };
      // In turn with what is delivered just now, and it waits: half a replay is no use to anybody.
      const appended = await deliveries.pass(tenantId, () => appendRecords(context, readable), {
        cost: costOf(readable),
        always: true,
      });
      summary.stored += appended.stored;
      summary.duplicate += appended.duplicate;
    }
    if (summary.tried >= replayMax || bytesTried >= replayBytesMax) {
      summary.next = after;
      break;
    }
  }
  await note('quarantine_replayed', summary);
  return summary;
}
