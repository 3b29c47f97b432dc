import { canonicalText, type Payload, payloadDigest } from '#lib/approvals/payload.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { equalBytes } from '#lib/kernel/ids.ts';

/**
 * Whether a proposal still is what was proposed (I9), computed anew from its rows: its columns, its payload, its digest and every
 * frozen target. `null` when it holds, else what to tell. One pass over the targets in the database, whatever their number.
 */
export async function whyProposalDoesNotHold(tx: Tx, tenantId: string, proposalId: string): Promise<string | null> {
  const proposal = await tx.proposal.findUnique({ where: { tenantId_id: { tenantId, id: proposalId } } });
  if (!proposal?.payload || !proposal.payloadDigest || !proposal.targetsDigest)
    return 'The proposal is not whole, so it was not carried out.';
  const [now] = await tx.$queryRaw<{ digest: Uint8Array; count: number }[]>`
    SELECT gatehouse_targets_digest(${tenantId}::uuid, ${proposalId}::uuid) AS digest,
      (SELECT count(*)::int FROM proposal_targets WHERE tenant_id = ${tenantId}::uuid AND proposal_id = ${proposalId}::uuid) AS count`;
  const targetsHold =
    now !== undefined && equalBytes(now.digest, proposal.targetsDigest) && now.count === proposal.targetCount;
  if (!targetsHold) return 'The frozen targets were changed afterwards, so it was not carried out.';
  const anew = canonicalText({
    version: 2,
    id: proposal.id,
    tenant: tenantId,
    kind: proposal.kind,
    reason: proposal.reason,
    parameters: JSON.parse(proposal.parameters),
    summary: JSON.parse(proposal.summary ?? '{}'),
    proposer: {
      type: proposal.proposerType,
      id: proposal.proposerId,
      person: proposal.proposerPerson,
      label: proposal.proposerLabel,
    },
    policy: JSON.parse(proposal.policy ?? '{}'),
    targets: { count: now.count, digest: Buffer.from(now.digest).toString('hex') },
    expiresAt: proposal.expiresAt.toISOString(),
  } satisfies Payload);
  return anew === proposal.payload &&
    equalBytes(payloadDigest(anew), proposal.payloadDigest) &&
    proposal.approvalsNeeded === (JSON.parse(anew) as Payload).policy.approvalsNeeded
    ? null
    : 'What was proposed was changed afterwards, so it was not carried out.';
}
