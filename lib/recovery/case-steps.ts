import type { Tx } from '#lib/kernel/db/database.ts';

/** Adds a line to a case's story. `who` is a name people know: an operator, "the person", "Gatehouse". Never a secret. */
export async function noteCase(tx: Tx, tenantId: string, caseId: string, who: string, what: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO recovery_steps (tenant_id, case_id, seq, at, who, what)
    SELECT ${tenantId}::uuid, ${caseId}::uuid, COALESCE(max(seq), 0) + 1, clock_timestamp(), ${who}, ${what.slice(0, 500)}
    FROM recovery_steps WHERE tenant_id = ${tenantId}::uuid AND case_id = ${caseId}::uuid`;
}
