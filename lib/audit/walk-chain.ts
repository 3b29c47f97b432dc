import { auditGenesis, auditHash } from '#lib/kernel/audit.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { equalBytes } from '#lib/kernel/ids.ts';

/** A place in the chain: the entry's number and its hash, which commits to everything before it. */
export type AuditCursor = { seq: bigint; hash: Uint8Array };
export const chainStart: AuditCursor = { seq: 0n, hash: auditGenesis };

/**
 * One step along the chain: the entry must be the next number, belong to the tenant, and have the hash that its canonical bytes and
 * the hash before it give. @returns where one stands then, or in plain words what does not fit
 */
export function stepAlong(
  from: AuditCursor,
  next: { seq: bigint; entry: string; hash: Uint8Array },
  tenantId: string,
): AuditCursor | string {
  const expected = from.seq + 1n;
  if (next.seq !== expected) return `Entry ${expected} is missing; the next one there is ${next.seq}.`;
  if (!equalBytes(next.hash, auditHash(next.seq, from.hash, next.entry)))
    return 'The entry was changed, or one before it: its hash does not fit its content.';
  const { tenant } = JSON.parse(next.entry) as { tenant?: unknown };
  if (tenant !== tenantId) return 'The entry belongs to another tenant.';
  return { seq: next.seq, hash: next.hash };
}

/** The last entry's place; `null` for an empty chain. */
export async function auditHead(tx: Tx, tenantId: string): Promise<AuditCursor | null> {
  return tx.auditEntry.findFirst({ where: { tenantId }, orderBy: { seq: 'desc' }, select: { seq: true, hash: true } });
}
