import { appendRecords } from '#lib/events/append.ts';
import type { FindPlace, ProviderRow } from '#lib/events/event-row.ts';
import { databaseNow } from '#lib/kernel/clock.ts';
import { type Database, Prisma } from '#lib/kernel/db/database.ts';
import { stableId } from '#lib/kernel/ids.ts';
import { gatehouse } from '#lib/providers/gatehouse/gatehouse.ts';

const atOnce = 200;

/**
 * Appends what happened at the desk's own door as events of the provider `gatehouse`, the way of all events: raw bytes kept, views
 * folded, detectors queued. A record is marked in the transaction that appends it; a worker that dies appends nothing twice.
 * @returns how many records were appended
 */
export async function appendDeskRecords(database: Database, tenantId: string, findPlace: FindPlace): Promise<number> {
  const waiting = await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<{ id: string; record: string }[]>`
      SELECT id::text, record::text FROM desk_records
      WHERE tenant_id = ${tenantId}::uuid AND appended_at IS NULL ORDER BY created_at, id LIMIT ${atOnce}`,
  );
  if (waiting.length === 0) return 0;
  const { provider, receivedAt } = await openOwnProvider(database, tenantId);
  const ids = waiting.map(({ id }) => id);
  await appendRecords(
    {
      database,
      tenantId,
      provider,
      definition: gatehouse,
      findPlace,
      receivedAt,
      alongside: (run) =>
        run(
          Prisma.sql`UPDATE desk_records SET appended_at = clock_timestamp() WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${ids}::uuid[])`,
        ),
    },
    waiting.map(({ record }) => ({ raw: Buffer.from(record), problem: null })),
  );
  return waiting.length;
}

async function openOwnProvider(
  database: Database,
  tenantId: string,
): Promise<{ provider: ProviderRow; receivedAt: Date }> {
  const id = stableId('provider', tenantId, gatehouse.kind);
  const issuer = `urn:gatehouse:provider:${gatehouse.kind}`;
  const row = { slug: gatehouse.kind, kind: gatehouse.kind, issuer };
  return database.inTenant(tenantId, async (tx) => {
    await tx.provider.createMany({ data: [{ tenantId, id, name: gatehouse.name, ...row }], skipDuplicates: true });
    return { provider: { id, ...row }, receivedAt: await databaseNow(tx) };
  });
}
