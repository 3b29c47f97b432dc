import { auditGenesis, auditHash } from '#lib/kernel/audit.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { equalBytes } from '#lib/kernel/ids.ts';

/** One audit entry with its proof: the bytes that were hashed, and whether they still give the hash and follow the entry before. */
export type AuditEntryReading = {
  id: string;
  seq: number;
  at: string;
  action: string;
  outcome: string;
  actorType: string;
  actorLabel: string;
  targetType: string | null;
  targetId: string | null;
  reason: string | null;
  ip: string | null;
  requestId: string | null;
  /** The canonical JSON (RFC 8785) the hash was made of. */
  entry: string;
  hash: string;
  prevHash: string;
  hashFits: boolean;
  followsPrevious: boolean;
};

/** Reads an entry by its id and checks it and its link to the entry before. `null` when there is none. */
export async function readAuditEntry(tx: Tx, tenantId: string, id: string): Promise<AuditEntryReading | null> {
  const row = await tx.auditEntry.findFirst({ where: { tenantId, id } });
  if (!row) return null;
  const before = await tx.auditEntry.findUnique({
    where: { tenantId_seq: { tenantId, seq: row.seq - 1n } },
    select: { hash: true },
  });
  const expected = row.seq === 1n ? auditGenesis : before?.hash;
  return {
    id: row.id,
    seq: Number(row.seq),
    at: row.at.toISOString(),
    action: row.action,
    outcome: row.outcome,
    actorType: row.actorType,
    actorLabel: row.actorLabel,
    targetType: row.targetType,
    targetId: row.targetId,
    reason: row.reason,
    ip: row.ip,
    requestId: row.requestId,
    entry: row.entry,
    hash: Buffer.from(row.hash).toString('hex'),
    prevHash: Buffer.from(row.prevHash).toString('hex'),
    hashFits: equalBytes(row.hash, auditHash(row.seq, row.prevHash, row.entry)),
    followsPrevious: expected !== undefined && equalBytes(row.prevHash, expected),
  };
}
