import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';

/** Expires what nobody decided in time, by the database's clock: one transaction with its audit entries. @returns how many */
export async function expireProposals(database: Database, tenantId: string): Promise<number> {
  return database.inTenant(tenantId, async (tx) => {
    const expired = await tx.$queryRaw<{ id: string; kind: string; was: string }[]>`
      WITH late AS (SELECT tenant_id, id, state FROM proposals WHERE tenant_id = ${tenantId}::uuid AND state IN ('draft', 'pending', 'approved')
          AND expires_at <= clock_timestamp() ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED)
      UPDATE proposals p SET state = 'expired', decided_at = clock_timestamp(), decided_by = 'Gatehouse'
      FROM late WHERE p.tenant_id = late.tenant_id AND p.id = late.id
      RETURNING p.id::text, p.kind, late.state AS was`;
    for (const { id, kind, was } of expired) {
      await tx.$executeRaw`
        UPDATE runs SET state = 'void', note = 'It expired before it could start.', cutoff_lifted_at = clock_timestamp(), finished_at = clock_timestamp()
        WHERE tenant_id = ${tenantId}::uuid AND proposal_id = ${id}::uuid AND state = 'starting'`;
      await appendAudit(tx, systemActor(tenantId, 'Gatehouse worker'), {
        action: 'proposal_expired',
        outcome: 'success',
        target: { type: 'proposal', id },
        detail: { kind, was },
      });
    }
    return expired.length;
  });
}
