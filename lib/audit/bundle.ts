import { checkpointTyp, ownKeySet, writeCheckpoint } from '#lib/audit/checkpoint.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { ownIssuerAddress } from '#lib/keys/own-issuer.ts';

export const bundleType = 'gatehouse-audit';
const pageSize = 2_000;

/**
 * The tenant's whole audit chain for somebody outside, as lines of JSON: a heading, every entry with its hash, every signed
 * checkpoint behind its entry, and an end that names the head and carries the issuer's keys. The last checkpoint is made for it,
 * so a bundle that was cut, thinned or edited does not verify. That it was issued is its own last entry.
 * @throws Refusal `unavailable` when nothing can be signed
 */
export async function* auditBundle(database: Database, actor: Actor): AsyncGenerator<string, void, undefined> {
  const { tenantId } = actor;
  const slug = await database.inTenant(tenantId, async (tx) => {
    await appendAudit(tx, actor, { action: 'audit_bundle_issued', outcome: 'success' });
    return (await tx.tenant.findUniqueOrThrow({ where: { id: tenantId } })).slug;
  });
  const end = await writeCheckpoint(database, tenantId);
  if (!end) throw new Refusal('unavailable', 'The audit chain could not be signed, so no bundle was made.');
  yield line({
    type: bundleType,
    version: 1,
    tenant: tenantId,
    ...ownIssuerAddress(slug),
    checkpointType: checkpointTyp,
  });
  for (let seq = 0n; seq < end.seq; ) {
    const after = seq;
    const { rows, signed } = await database.inTenant(tenantId, async (tx) => {
      const where = { tenantId, seq: { gt: after, lte: end.seq } };
      const rows = await tx.auditEntry.findMany({
        where,
        orderBy: { seq: 'asc' },
        take: pageSize,
        select: { seq: true, hash: true, entry: true },
      });
      const signed = await tx.auditCheckpoint.findMany({
        where: { tenantId, seq: { gt: after, lte: rows.at(-1)?.seq ?? end.seq } },
        select: { seq: true, jws: true },
      });
      return { rows, signed: new Map(signed.map(({ seq: at, jws }) => [at, jws])) };
    });
    if (rows.length === 0) break;
    let piece = '';
    for (const { seq: number, hash, entry } of rows) {
      piece += line({ seq: Number(number), hash: Buffer.from(hash).toString('hex'), entry });
      const checkpoint = signed.get(number);
      if (checkpoint) piece += line({ checkpoint });
      seq = number;
    }
    yield piece;
  }
  yield line({ end: { entries: Number(end.seq) }, jwks: await ownKeySet(database, tenantId) });
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
