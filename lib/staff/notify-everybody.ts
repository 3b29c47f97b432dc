import type { Tx } from '#lib/kernel/db/database.ts';

/** Writes a notice to every address of everybody on a tenant's staff, in the caller's transaction and in one statement. */
export async function queueForEverybody(
  tx: Tx,
  tenantId: string,
  notice: { subject: string; text: string },
): Promise<number> {
  return tx.$executeRaw`
    INSERT INTO notices (tenant_id, id, kind, operator_id, address, subject, body, created_at, next_attempt_at)
    SELECT ${tenantId}::uuid, gen_random_uuid(), 'break-glass', staff.id, staff.address, ${notice.subject}, ${notice.text}, at, at
    FROM (SELECT DISTINCT o.id, unnest(ARRAY[o.email] || o.notification_addresses) AS address
      FROM operators o JOIN operator_roles r ON r.operator_id = o.id AND r.tenant_id = ${tenantId}::uuid
      WHERE o.disabled_at IS NULL AND o.email NOT LIKE '%@invalid') AS staff, clock_timestamp() AS at`;
}
