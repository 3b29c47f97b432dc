import { addTargets, openDraft, sealDraft, type Target } from '#lib/approvals/freeze.ts';
import { personOf } from '#lib/approvals/people.ts';
import { approvalRules, type ProposalKind } from '#lib/approvals/rules.ts';
import { type Signature, signatureOver } from '#lib/approvals/signature.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { Proof } from '#lib/staff/passkeys.ts';

/** What became of a proposal: it waits for `approvalsNeeded` people, or it runs at once. `digest` in hex. */
export type Proposed = {
  id: string;
  digest: string;
  state: 'pending' | 'approved';
  approvalsNeeded: number;
  why: string;
  runId: string | null;
};

/**
 * Proposes an act on targets the caller has in hand, in the caller's transaction: freezes them, fixes digest and policy, and either
 * leaves it to others to sign or, where the policy asks for nobody else, opens its run. The caller writes the audit entry.
 * @throws Refusal `invalid_input` for an empty set
 */
export async function propose(
  tx: Tx,
  actor: Actor,
  input: {
    kind: ProposalKind;
    reason: string;
    parameters?: JsonObject;
    summary?: JsonObject;
    targets: readonly Target[];
  },
): Promise<Proposed> {
  const id = await openDraft(tx, actor, input);
  await addTargets(tx, actor.tenantId, id, input.targets);
  await sealDraft(tx, actor.tenantId, id, {
    people: new Set(input.targets.map((target) => target.personId ?? target.id)).size,
    ...(input.summary ? { summary: input.summary } : {}),
  });
  return submitDraft(tx, actor, id);
}

/**
 * Submits a sealed draft of the actor's own: from here on others may sign it, or it runs. With a proof the proposer's own signature
 * over the digest is kept beside those of the approvers.
 * @throws Refusal `not_found`, `conflict`, `forbidden`
 */
export async function submitDraft(tx: Tx, actor: Actor, proposalId: string, proof?: Proof): Promise<Proposed> {
  const { tenantId } = actor;
  const proposal = await tx.proposal.findUnique({ where: { tenantId_id: { tenantId, id: proposalId } } });
  if (!proposal) throw new Refusal('not_found', 'There is no such proposal.');
  const person = await personOf(tx, actor);
  if (proposal.proposerPerson !== person)
    throw new Refusal('forbidden', 'Only who made this rehearsal can propose it. Make your own of the same scope.');
  if (proposal.state !== 'draft' || !proposal.payloadDigest || !proposal.frozenAt)
    throw new Refusal('conflict', `This cannot be proposed: it is ${proposal.state}. Nothing was changed.`);
  if (proof) {
    const { id, kind, nonce, payloadDigest } = { ...proposal, payloadDigest: proposal.payloadDigest };
    const signature = signatureOver(proof, { id, kind, nonce, payloadDigest });
    await keepSignature(tx, actor, person, { id, kind, payloadDigest }, 'propose', signature);
  }
  const needed = proposal.approvalsNeeded;
  const moved = await tx.$executeRaw`
    UPDATE proposals SET state = ${needed === 0 ? 'approved' : 'pending'}, submitted_at = clock_timestamp(),
      decided_at = CASE WHEN ${needed === 0} THEN clock_timestamp() END, decided_by = CASE WHEN ${needed === 0} THEN ${actor.label} END
    WHERE tenant_id = ${tenantId}::uuid AND id = ${proposalId}::uuid AND state = 'draft' AND expires_at > clock_timestamp()`;
  if (moved === 0) throw new Refusal('conflict', 'This rehearsal has expired. Rehearse it again; nothing was done.');
  const why = (JSON.parse(proposal.policy ?? '{}') as { why?: string }).why ?? '';
  return {
    id: proposalId,
    digest: Buffer.from(proposal.payloadDigest).toString('hex'),
    state: needed === 0 ? 'approved' : 'pending',
    approvalsNeeded: needed,
    why,
    runId: needed === 0 ? await openRun(tx, tenantId, { id: proposalId, kind: proposal.kind as ProposalKind }) : null,
  };
}

/** Keeps a signature. The database refuses one that is not of exactly the stored digest, or of the proposer as an approver. */
export async function keepSignature(
  tx: Tx,
  actor: Actor,
  person: string,
  proposal: { id: string; kind: string; payloadDigest: Uint8Array },
  part: 'propose' | 'approve',
  signature: Signature,
): Promise<void> {
  const { permissions } = approvalRules[proposal.kind as ProposalKind];
  await tx.approval.create({
    data: {
      tenantId: actor.tenantId,
      proposalId: proposal.id,
      person,
      operatorId: actor.id,
      operatorLabel: actor.label,
      part,
      payloadDigest: new Uint8Array(proposal.payloadDigest),
      permission: part === 'propose' ? permissions.propose : permissions.approve,
      ...signature,
    },
  });
}

/**
 * Opens the run of an approved proposal: one small row, which is the cut-off too. The worker checks everything once more before
 * the first item. @returns its id
 */
export async function openRun(tx: Tx, tenantId: string, proposal: { id: string; kind: ProposalKind }): Promise<string> {
  const runId = newId();
  await tx.$executeRaw`
    INSERT INTO runs (tenant_id, id, proposal_id, kind, state, sequential, cutoff_at)
    VALUES (${tenantId}::uuid, ${runId}::uuid, ${proposal.id}::uuid, ${proposal.kind}, 'starting', ${approvalRules[proposal.kind].sequential}, clock_timestamp())`;
  return runId;
}
