import { ownKeySet, whyCheckpointDoesNotHold } from '#lib/audit/checkpoint.ts';
import { type AuditCursor, chainStart, stepAlong } from '#lib/audit/walk-chain.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import type { AuditEntry } from '#lib/kernel/db/generated/client.ts';
import { equalBytes } from '#lib/kernel/ids.ts';

export type AuditVerdict =
  | { ok: true; entries: number; head: string; checkpoints: number }
  | { ok: false; entries: number; firstBadSeq: number; problem: string };

const pageSize = 1_000;

/**
 * Walks a tenant's whole chain and checks that sequence numbers are contiguous, that each entry commits to the one before, that
 * its hash fits its canonical bytes, that the columns people search say what those bytes say, and that every signed checkpoint
 * holds. Finds change, deletion, reordering, and a tail that was cut behind a checkpoint; who can also take the checkpoints away is
 * found by a bundle or a head kept elsewhere.
 */
export async function verifyAudit(database: Database, tenantId: string): Promise<AuditVerdict> {
  const keys = await ownKeySet(database, tenantId);
  let at = chainStart;
  let checkpoints = 0;
  const bad = (problem: string): AuditVerdict => ({
    ok: false,
    entries: Number(at.seq),
    firstBadSeq: Number(at.seq + 1n),
    problem,
  });
  for (;;) {
    const { rows, signed } = await database.inTenant(tenantId, async (tx) => {
      const rows = await tx.auditEntry.findMany({
        where: { tenantId, seq: { gt: at.seq } },
        orderBy: { seq: 'asc' },
        take: pageSize,
      });
      const last = rows.length === pageSize ? rows.at(-1)?.seq : undefined;
      const signed = await tx.auditCheckpoint.findMany({
        where: { tenantId, seq: { gt: at.seq, ...(last === undefined ? {} : { lte: last }) } },
        orderBy: { seq: 'asc' },
      });
      return { rows, signed };
    });
    for (const row of rows) {
      if (!equalBytes(row.prevHash, at.hash) && row.seq === at.seq + 1n)
        return bad('The entry does not commit to the one before it.');
      const step = stepAlong(at, row, tenantId);
      if (typeof step === 'string') return bad(step);
      if (!columnsAgree(row)) return bad('A searchable column was changed: it differs from the hashed content.');
      const here = signed[0]?.seq === row.seq ? signed.shift() : undefined;
      const wrong = here ? await whyNot(here, { ...step, tenantId }) : null;
      if (wrong) return bad(wrong);
      if (here) checkpoints += 1;
      at = step;
    }
    if (rows.length === pageSize) continue;
    const [beyond] = signed;
    if (beyond) return bad(`The chain was cut: a checkpoint was signed at entry ${beyond.seq}.`);
    return { ok: true, entries: Number(at.seq), head: Buffer.from(at.hash).toString('hex'), checkpoints };
  }

  async function whyNot(
    checkpoint: { hash: Uint8Array; jws: string },
    said: AuditCursor & { tenantId: string },
  ): Promise<string | null> {
    if (!equalBytes(checkpoint.hash, said.hash)) return 'The checkpoint here was made of another entry.';
    return whyCheckpointDoesNotHold(checkpoint.jws, keys, said);
  }
}

function columnsAgree(row: AuditEntry): boolean {
  const said = JSON.parse(row.entry) as Record<string, unknown> & {
    actor: Record<string, unknown>;
    target: Record<string, unknown> | null;
  };
  return (
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
    (said.request ?? null) === row.requestId
  );
}
