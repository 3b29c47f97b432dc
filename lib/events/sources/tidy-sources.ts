import type { FindPlace } from '#lib/events/event-row.ts';
import { storeReleased } from '#lib/events/sources/held-sets.ts';
import { type Database, Prisma } from '#lib/kernel/db/database.ts';

/** How long the numbers of single appends are kept: what the pages show reaches back a week. */
export const batchNumbersDays = 30;
/** Rows a round, so that no round holds locks for long. */
const most = 10_000;

/**
 * What has to be done now and then: old numbers of appends go, and tokens that a person released become events where a crash came
 * between the decision and the storing. @returns how much was done
 */
export async function tidySources(database: Database, tenantId: string, findPlace: FindPlace): Promise<number> {
  const removed = await database.inTenant(
    tenantId,
    (tx) => tx.$executeRaw`
      DELETE FROM provider_batches WHERE (tenant_id, id) IN (
        SELECT tenant_id, id FROM provider_batches WHERE tenant_id = ${tenantId}::uuid
          AND received_at < clock_timestamp() - make_interval(days => ${batchNumbersDays}::int) LIMIT ${most}::int)`,
  );
  const waiting = await database.inTenant(tenantId, (tx) =>
    tx.$queryRaw<{ id: string }[]>(Prisma.sql`
      SELECT DISTINCT s.receiver_id::text AS id FROM ssf_sets s JOIN ssf_receivers r ON r.tenant_id = s.tenant_id AND r.id = s.receiver_id
      WHERE s.tenant_id = ${tenantId}::uuid AND s.disposition = 'released' AND s.token <> '\\x' AND s.decided_at > clock_timestamp() - interval '2 days'
        AND NOT EXISTS (SELECT 1 FROM event_ids e WHERE e.tenant_id = s.tenant_id AND e.provider_id = r.provider_id
          AND e.source_event_id = s.issuer || ' ' || s.jti) LIMIT 100`),
  );
  let stored = 0;
  for (const { id } of waiting) stored += await storeReleased(database, tenantId, id, findPlace);
  return removed + stored;
}
