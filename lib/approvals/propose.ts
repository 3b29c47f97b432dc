import canonicalize from 'canonicalize';
import { approvalRules, type ProposalKind } from '#lib/approvals/rules.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { equalBytes, newId, sha256 } from '#lib/kernel/ids.ts';

/** One frozen target: exactly what was previewed. */
export type Target = { sessionId: string; providerId: string; sourceSessionId: string; personId: string | null };

/**
 * Writes a proposal with its frozen targets and the digest of the canonical payload (RFC 8785) over kind, reason and every target.
 * @returns the proposal's id, its digest in hex, and whether the policy lets it run at once
 * @throws Refusal `forbidden` when a second person would have to sign
 */
export async function propose(
  tx: Tx,
  actor: Actor,
  input: { kind: ProposalKind; reason: string; targets: readonly Target[] },
): Promise<{ id: string; digest: string }> {
  const rule = approvalRules[input.kind];
  const policy = rule.secondPeople({
    targets: input.targets.length,
    people: new Set(input.targets.map((target) => target.personId ?? target.sessionId)).size,
  });
  if (policy.count > 0) {
    throw new Refusal(
      'forbidden',
      `This needs a second person (${policy.why}). Proposals for two people are not part of this version yet; revoke fewer sessions at a time.`,
    );
  }
  const id = newId();
  const payload = payloadOf({
    id,
    kind: input.kind,
    reason: input.reason,
    tenantId: actor.tenantId,
    targets: input.targets,
  });
  const digest = sha256(payload);
  await tx.$executeRaw`
    INSERT INTO proposals (tenant_id, id, kind, reason, payload, payload_digest, policy, proposer_id, state, decided_at, expires_at)
    VALUES (${actor.tenantId}::uuid, ${id}::uuid, ${input.kind}, ${input.reason}, ${payload}, ${new Uint8Array(digest)},
      ${JSON.stringify({ secondPeople: policy.count, why: policy.why })}::jsonb, ${actor.id}::uuid, 'approved', clock_timestamp(),
      clock_timestamp() + make_interval(hours => ${rule.expiryHours}))`;
  await tx.proposalTarget.createMany({
    data: input.targets.map((target, position) => ({ tenantId: actor.tenantId, proposalId: id, position, ...target })),
  });
  return { id, digest: digest.toString('hex') };
}

/** True when the stored targets and payload still are what was proposed (I9): computed anew from the rows. */
export async function digestHolds(tx: Tx, tenantId: string, proposalId: string): Promise<boolean> {
  const proposal = await tx.proposal.findUnique({ where: { tenantId_id: { tenantId, id: proposalId } } });
  if (!proposal) return false;
  const targets = await tx.proposalTarget.findMany({ where: { tenantId, proposalId }, orderBy: { position: 'asc' } });
  const payload = payloadOf({
    id: proposal.id,
    kind: proposal.kind,
    reason: proposal.reason,
    tenantId,
    targets: targets.map(({ sessionId, providerId, sourceSessionId, personId }) => ({
      sessionId,
      providerId,
      sourceSessionId,
      personId,
    })),
  });
  return payload === proposal.payload && equalBytes(sha256(payload), proposal.payloadDigest);
}

function payloadOf(content: {
  id: string;
  kind: string;
  reason: string;
  tenantId: string;
  targets: readonly Target[];
}): string {
  const payload = canonicalize({ version: 1, ...content });
  if (payload === undefined) throw new Error('the payload has no canonical form');
  return payload;
}
