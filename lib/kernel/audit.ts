import canonicalize from 'canonicalize';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { newId, sha256 } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';

/** What was done, in the words of the OWASP logging vocabulary or `resource:action`. Never secrets. */
export type AuditFact = {
  action: string;
  outcome: 'success' | 'refused' | 'failure';
  target?: { type: string; id: string };
  reason?: string;
  detail?: JsonObject;
};

/** The hash the first entry of a tenant's chain commits to. */
export const auditGenesis = Buffer.alloc(32);

/** SHA-256 over a domain tag, the sequence number, the previous hash and the entry's canonical bytes (RFC 8785). */
export function auditHash(seq: bigint, prevHash: Uint8Array, entry: string): Buffer {
  return sha256(Buffer.concat([Buffer.from(`gatehouse-audit-v1\n${seq}\n`), prevHash, Buffer.from(entry, 'utf8')]));
}

/**
 * Appends one entry to the tenant's chain inside the caller's transaction (rule 2: no state change without its entry).
 * A tenant's appends take turns under an advisory lock held until commit, so the chain cannot fork. Call it last.
 * @returns the entry's sequence number
 */
export async function appendAudit(tx: Tx, actor: Actor, fact: AuditFact): Promise<bigint> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`gatehouse-audit ${actor.tenantId}`}, 0))`;
  const heads = await tx.$queryRaw<{ seq: bigint | null; hash: Uint8Array | null; at: Date }[]>`
    SELECT last.seq, last.hash, clock_timestamp()::timestamptz(3) AS at
    FROM (SELECT 1) AS one
    LEFT JOIN LATERAL (
      SELECT seq, hash FROM audit_entries WHERE tenant_id = ${actor.tenantId}::uuid ORDER BY seq DESC LIMIT 1
    ) AS last ON true`;
  const head = heads[0];
  if (!head) throw new Error('the audit chain could not be read');
  const seq = (head.seq ?? 0n) + 1n;
  const prevHash = head.hash ?? auditGenesis;
  const id = newId();
  const entry = canonicalize({
    id,
    at: head.at.toISOString(),
    tenant: actor.tenantId,
    action: fact.action,
    outcome: fact.outcome,
    actor: { type: actor.type, id: actor.id, label: actor.label },
    target: fact.target ?? null,
    reason: fact.reason ?? null,
    detail: fact.detail ?? {},
    ip: actor.ip,
    request: actor.requestId,
  });
  if (entry === undefined) throw new Error('the audit entry has no canonical form');
  await tx.auditEntry.create({
    data: {
      tenantId: actor.tenantId,
      seq,
      id,
      at: head.at,
      action: fact.action,
      outcome: fact.outcome,
      actorType: actor.type,
      actorId: actor.id,
      actorLabel: actor.label,
      targetType: fact.target?.type ?? null,
      targetId: fact.target?.id ?? null,
      reason: fact.reason ?? null,
      ip: actor.ip,
      requestId: actor.requestId,
      entry,
      prevHash: new Uint8Array(prevHash),
      hash: new Uint8Array(auditHash(seq, prevHash, entry)),
    },
  });
  return seq;
}
