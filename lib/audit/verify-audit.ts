import { auditGenesis, auditHash } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { equalBytes } from '#lib/kernel/ids.ts';

export type AuditVerdict =
  | { ok: true; entries: number; head: string }
  | { ok: false; entries: number; firstBadSeq: number; problem: string };

const pageSize = 1_000;

/**
 * Walks a tenant's whole chain and checks that sequence numbers are contiguous, that each entry commits to the one before, that
 * its hash fits its canonical bytes, and that the columns people search say what those bytes say. Finds change, deletion and
 * reordering; a cut tail is found only against a head kept elsewhere (compare `head`).
 */
export async function verifyAudit(database: Database, tenantId: string): Promise<AuditVerdict> {
  let seq = 0n;
  let prevHash: Uint8Array = auditGenesis;
  for (;;) {
    const rows = await database.inTenant(tenantId, (tx) =>
      tx.auditEntry.findMany({ where: { tenantId, seq: { gt: seq } }, orderBy: { seq: 'asc' }, take: pageSize }),
    );
    for (const row of rows) {
      const bad = (problem: string): AuditVerdict => ({
        ok: false,
        entries: Number(seq),
        firstBadSeq: Number(seq + 1n),
        problem,
      });
      if (row.seq !== seq + 1n) return bad(`Entry ${seq + 1n} is missing; the next one there is ${row.seq}.`);
      if (!equalBytes(row.prevHash, prevHash)) return bad('The entry does not commit to the one before it.');
      if (!equalBytes(row.hash, auditHash(row.seq, prevHash, row.entry)))
        return bad('The entry was changed: its hash does not fit its content.');
      const said = JSON.parse(row.entry) as Record<string, unknown> & {
        actor: Record<string, unknown>;
        target: Record<string, unknown> | null;
      };
      const columnsAgree =
        said.id === row.id &&
        said.tenant === row.tenantId &&
        said.at === row.at.toISOString() &&
        said.action === row.action &&
        said.outcome === row.outcome &&
        said.actor.type === row.actorType &&
        said.actor.id === row.actorId &&
        said.actor.label === row.actorLabel &&
        (said.target?.type ?? null) === row.targetType &&
        (said.target?.id ?? null) === row.targetId &&
        (said.reason ?? null) === row.reason &&
        (said.ip ?? null) === row.ip &&
        (said.request ?? null) === row.requestId;
      if (!columnsAgree) return bad('A searchable column was changed: it differs from the hashed content.');
      seq = row.seq;
      prevHash = row.hash;
    }
    if (rows.length < pageSize) return { ok: true, entries: Number(seq), head: Buffer.from(prevHash).toString('hex') };
  }
}
