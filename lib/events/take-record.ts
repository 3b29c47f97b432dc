import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { requirePermission } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/**
 * The bytes of one event's record as they came, for somebody who takes them along; the audit says who did.
 * @throws Refusal `forbidden` without the permission to read addresses, which stand in nearly every record; `not_found`
 */
export async function takeRawRecord(
  database: Database,
  actor: Actor,
  { id, at }: { id: string; at: string },
): Promise<Uint8Array> {
  await requirePermission(database, actor, 'events:read', 'record of an event');
  await requirePermission(database, actor, 'people:read-addresses', 'record of an event');
  return database.inTenant(actor.tenantId, async (tx) => {
    const [row] = await tx.$queryRaw<{ raw: Uint8Array }[]>`
      SELECT raw FROM events WHERE tenant_id = ${actor.tenantId}::uuid AND occurred_at = ${at}::timestamptz AND id = ${id}::uuid`;
    if (!row) throw new Refusal('not_found', 'There is no such event, or it is past its retention.');
    await appendAudit(tx, actor, {
      action: 'sensitive_read',
      outcome: 'success',
      target: { type: 'event', id },
      detail: { format: 'raw', bytes: row.raw.length },
    });
    return row.raw;
  });
}
