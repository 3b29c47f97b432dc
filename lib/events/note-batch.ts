import type { EventRow } from '#lib/events/event-row.ts';
import { Prisma, type RunSql } from '#lib/kernel/db/database.ts';
import { newId } from '#lib/kernel/ids.ts';

/** Names of unmapped events kept a batch; a sender may choose them, so their number is bounded. */
const namesMax = 50;

/**
 * Writes the numbers of an append in its own transaction: what a provider's page shows of rate, lag and mapping coverage. One row
 * an append, never updated, so that appends of one provider do not wait for each other.
 */
export async function noteBatch(
  run: RunSql,
  batch: {
    tenantId: string;
    providerId: string;
    receivedAt: Date;
    fresh: readonly EventRow[];
    duplicate: number;
    quarantined: number;
  },
): Promise<void> {
  const { fresh } = batch;
  const unmapped: Record<string, number> = {};
  let newest: string | null = null;
  for (const row of fresh) {
    if (row.time_quality !== 'absurd' && (newest === null || row.occurred_at > newest)) newest = row.occurred_at;
    if (row.type !== 'other' || row.provider_type.startsWith('gatehouse.')) continue;
    const known = unmapped[row.provider_type];
    if (known === undefined && Object.keys(unmapped).length >= namesMax) continue;
    Object.defineProperty(unmapped, row.provider_type, {
      value: (known ?? 0) + 1,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  const lag = newest === null ? null : Math.round((batch.receivedAt.getTime() - Date.parse(newest)) / 1000);
  await run(
    Prisma.sql`
    INSERT INTO provider_batches (tenant_id, id, provider_id, received_at, stored, duplicate, quarantined, lag_seconds, unmapped)
    VALUES (${batch.tenantId}::uuid, ${newId()}::uuid, ${batch.providerId}::uuid, ${batch.receivedAt.toISOString()}::timestamptz, ${fresh.length}::int,
      ${batch.duplicate}::int, ${batch.quarantined}::int, ${lag === null ? null : Math.max(0, Math.min(lag, 2_000_000_000))}::int,
      ${JSON.stringify(unmapped)}::jsonb)`,
    'note_batch',
  );
}
