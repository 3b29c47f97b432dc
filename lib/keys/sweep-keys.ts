import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';

/**
 * Ends old keys of our own that no open rotation looks after (a kill closed it): retired after the overlap, destroyed after the
 * time they are kept. The database refuses anything earlier. @returns how many keys moved
 */
export function sweepKeys(database: Database, tenantId: string): Promise<number> {
  return database.inTenant(tenantId, async (tx) => {
    const moved = await tx.$queryRaw<{ id: string; state: string }[]>`
      UPDATE signing_keys k SET state = CASE k.state WHEN 'retiring' THEN 'retired' ELSE 'destroyed' END
      FROM signing_issuers i
      WHERE k.tenant_id = ${tenantId}::uuid AND i.tenant_id = k.tenant_id AND i.id = k.issuer_id AND i.kind = 'own'
        AND (k.state = 'retiring' AND k.retiring_at + make_interval(secs => i.token_life_seconds + i.skew_seconds + i.jwks_max_age_seconds) <= clock_timestamp()
          OR k.state = 'retired' AND k.retired_at + make_interval(secs => i.keep_seconds) <= clock_timestamp())
        AND NOT EXISTS (SELECT 1 FROM key_rotations r WHERE r.tenant_id = k.tenant_id AND r.issuer_id = k.issuer_id AND r.state IN ('running', 'halted'))
      RETURNING k.id::text, k.state`;
    for (const { id, state } of moved)
      await appendAudit(tx, systemActor(tenantId, 'Gatehouse worker'), {
        action: `key_${state}`,
        outcome: 'success',
        target: { type: 'signing_key', id },
        reason: 'its time was over',
      });
    return moved.length;
  });
}
