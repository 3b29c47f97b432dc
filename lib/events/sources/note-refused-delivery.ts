import type { Database } from '#lib/kernel/db/database.ts';
import type { Refusal } from '#lib/kernel/errors.ts';
import { log } from '#lib/kernel/log.ts';

/** A sender that errs a hundred times a second costs one write in this time. */
const everySeconds = 5;

/**
 * Keeps what was wrong with a delivery of which nothing was stored, for the page of its provider. A note that cannot be written is
 * logged and lost: the sender gets its refusal all the same.
 */
export async function noteRefusedDelivery(
  database: Database,
  tenantId: string,
  slug: string,
  refusal: Refusal,
): Promise<void> {
  await database
    .inTenant(
      tenantId,
      (tx) => tx.$executeRaw`
        UPDATE providers SET last_refusal = ${refusal.message.slice(0, 500)}, last_refusal_at = clock_timestamp()
        WHERE tenant_id = ${tenantId}::uuid AND slug = ${slug}
          AND (last_refusal_at IS NULL OR last_refusal_at < clock_timestamp() - make_interval(secs => ${everySeconds}))`,
    )
    .catch((error: unknown) => log.warn({ err: error }, 'a refused delivery could not be noted'));
}
