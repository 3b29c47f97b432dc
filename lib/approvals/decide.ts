import { z } from 'zod';
import { whyProposalDoesNotHold } from '#lib/approvals/holds.ts';
import { isSamePerson, partInProposal, personOf } from '#lib/approvals/people.ts';
import { approvalRules, type ProposalKind } from '#lib/approvals/rules.ts';
import { proveSignature, type Signer, signatureOver } from '#lib/approvals/signature.ts';
import { keepSignature, openRun } from '#lib/approvals/submit.ts';
import { voidProposal } from '#lib/approvals/void-proposal.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { defineCommand, execute } from '#lib/kernel/command.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { Proof } from '#lib/staff/passkeys.ts';

/** Sets up to this size are read again when somebody signs; larger ones when the run starts, so that the cut-off does not wait. */
const checkedAtSigningMax = 20_000;

export type Decided = {
  state: 'pending' | 'approved';
  approvals: number;
  approvalsNeeded: number;
  runId: string | null;
};

/** Thrown inside a signing transaction, so that nothing of it stays: what was to be signed is not what was proposed. */
class DoesNotHold extends Error {
  override name = 'DoesNotHold';
}

const byId = { id: z.uuid() };
const note = z.string().trim().min(3, 'Say in a few words why; it goes into the audit.').max(500);

const approve = (kind: ProposalKind, proof: Proof) =>
  defineCommand({
    action: 'proposal_approved',
    permission: approvalRules[kind].permissions.approve,
    input: z.strictObject({ ...byId, digest: z.string().regex(/^[0-9a-f]{64}$/) }),
    async run({ tx, actor, input }) {
      const proposal = await lockPending(tx, actor, input.id);
      const digest = Buffer.from(proposal.payloadDigest);
      const problem =
        proposal.targetCount <= checkedAtSigningMax ? await whyProposalDoesNotHold(tx, actor.tenantId, input.id) : null;
      if (problem) throw new DoesNotHold(problem);
      if (digest.toString('hex') !== input.digest)
        throw new Refusal('conflict', 'You signed something else than what stands there now. Load the page again.');
      const person = await personOf(tx, actor);
      if (person === proposal.proposerPerson || (await isSamePerson(tx, actor.id, proposal.proposerId)))
        throw new Refusal(
          'forbidden',
          'You proposed this, with this account or another one of yours, so somebody else has to approve it.',
        );
      const part = await partInProposal(tx, actor.tenantId, input.id, actor.id);
      if (part)
        throw new Refusal(
          'forbidden',
          part === 'person'
            ? 'This is about yourself, so somebody else has to approve it.'
            : 'You attested this, with this account or another one of yours, so somebody else has to approve it.',
        );
      const known = await tx.approval.findMany({ where: { tenantId: actor.tenantId, proposalId: input.id } });
      if (known.some((approval) => approval.person === person))
        throw new Refusal('conflict', 'You have signed this already. It waits for somebody else.');
      const signature = signatureOver(proof, { id: input.id, kind, payloadDigest: digest, nonce: proposal.nonce });
      await keepSignature(tx, actor, person, { id: input.id, kind, payloadDigest: digest }, 'approve', signature);
      const approvals = known.filter(({ part }) => part === 'approve').length + 1;
      const enough = approvals >= proposal.approvalsNeeded;
      if (enough) await move(tx, actor, input.id, 'approved', null);
      const runId = enough ? await openRun(tx, actor.tenantId, { id: input.id, kind }) : null;
      const result: Decided = {
        state: enough ? 'approved' : 'pending',
        approvals,
        approvalsNeeded: proposal.approvalsNeeded,
        runId,
      };
      return {
        result,
        audit: {
          target: { type: 'proposal', id: input.id },
          reason: proposal.reason,
          detail: { kind, digest: input.digest, approvals, run: runId },
        },
      };
    },
  });

const reject = (kind: ProposalKind) =>
  defineCommand({
    action: 'proposal_rejected',
    permission: approvalRules[kind].permissions.approve,
    input: z.strictObject({ ...byId, note }),
    async run({ tx, actor, input }) {
      await lockPending(tx, actor, input.id);
      await move(tx, actor, input.id, 'rejected', input.note);
      return {
        result: { state: 'rejected' as const },
        audit: { target: { type: 'proposal', id: input.id }, reason: input.note, detail: { kind } },
      };
    },
  });

const withdraw = (kind: ProposalKind) =>
  defineCommand({
    action: 'proposal_withdrawn',
    permission: approvalRules[kind].permissions.propose,
    input: z.strictObject({ ...byId, note: note.optional() }),
    async run({ tx, actor, input }) {
      const proposal = await tx.proposal.findUniqueOrThrow({
        where: { tenantId_id: { tenantId: actor.tenantId, id: input.id } },
      });
      if (proposal.proposerPerson !== (await personOf(tx, actor)))
        throw new Refusal('forbidden', 'Only who proposed this can withdraw it. Reject it instead.');
      await move(tx, actor, input.id, 'withdrawn', input.note ?? null);
      return {
        result: { state: 'withdrawn' as const },
        audit: { target: { type: 'proposal', id: input.id }, reason: input.note ?? proposal.reason, detail: { kind } },
      };
    },
  });

/**
 * Signs a proposal: the passkey assertion is over kind, digest, nonce and the operator. With the last signature the policy asks for,
 * the run and its cut-off exist in the same transaction. Refused with a word of its own, and audited: one's own proposal through
 * whatever account, a second signature of one person, too late, already decided, a changed payload or set (which makes it void), a
 * signature that does not fit.
 * @throws Refusal
 */
export function approveProposal(
  database: Database,
  actor: Actor,
  sessionId: string,
  input: { id: string; digest: string; assertion: unknown },
): Promise<Decided> {
  const signer: Signer = { operatorId: actor.id, sessionId };
  return decide(database, actor, input.id, 'proposal_approval_refused', async (kind) => {
    const proof = await proveSignature(database, signer, input.id, input.assertion);
    try {
      return await execute(database, approve(kind, proof), actor, { id: input.id, digest: input.digest });
    } catch (error) {
      if (!(error instanceof DoesNotHold)) throw error;
      await makeVoid(database, actor.tenantId, { id: input.id, kind }, error.message);
      throw new Refusal('conflict', `${error.message} The proposal is void.`);
    }
  });
}

/** Nobody approved anything: the proposal ends with an entry of the desk's own, beside the refusal of whoever wanted to sign. */
async function makeVoid(
  database: Database,
  tenantId: string,
  proposal: { id: string; kind: ProposalKind },
  why: string,
): Promise<void> {
  await database.inTenant(tenantId, async (tx) => {
    // Of two who sign at once, one is told of it in the audit.
    if (!(await voidProposal(tx, tenantId, proposal, why))) return;
    await appendAudit(tx, systemActor(tenantId, 'Gatehouse'), {
      action: 'proposal_void',
      outcome: 'refused',
      target: { type: 'proposal', id: proposal.id },
      detail: { why, kind: proposal.kind },
    });
  });
}

/** Turns a proposal down. @throws Refusal */
export function rejectProposal(database: Database, actor: Actor, input: { id: string; note: string }) {
  return decide(database, actor, input.id, 'proposal_rejection_refused', (kind) =>
    execute(database, reject(kind), actor, input),
  );
}

/** Takes one's own proposal back, before it runs. @throws Refusal */
export function withdrawProposal(database: Database, actor: Actor, input: { id: string; note?: string | undefined }) {
  return decide(database, actor, input.id, 'proposal_withdrawal_refused', (kind) =>
    execute(database, withdraw(kind), actor, input),
  );
}

/** Runs a decision by the rule of the proposal's kind; a refusal that no permission check audited gets its entry here. */
async function decide<Result>(
  database: Database,
  actor: Actor,
  id: string,
  refusedAs: string,
  run: (kind: ProposalKind) => Promise<Result>,
): Promise<Result> {
  if (actor.type !== 'operator')
    throw new Refusal('forbidden', 'Only people decide on proposals. Nothing was changed.');
  const proposal = z.uuid().safeParse(id).success
    ? await database.inTenant(actor.tenantId, (tx) =>
        tx.proposal.findUnique({ where: { tenantId_id: { tenantId: actor.tenantId, id } } }),
      )
    : null;
  if (!proposal) throw new Refusal('not_found', 'There is no such proposal.');
  try {
    return await run(proposal.kind as ProposalKind);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : refusalOfDatabase(error);
    if (!refusal) throw error;
    await database.inTenant(actor.tenantId, (tx) =>
      appendAudit(tx, actor, {
        action: refusedAs,
        outcome: 'refused',
        target: { type: 'proposal', id },
        detail: { why: refusal.message, kind: proposal.kind },
      }),
    );
    throw refusal;
  }
}

/** Two signatures at the same moment: the database lets one through; the other hears a plain word. */
function refusalOfDatabase(error: unknown): Refusal | null {
  const text = String((error as { message?: unknown } | null)?.message ?? '');
  if (/P2002|Unique constraint|duplicate key/i.test(`${text} ${(error as { code?: string }).code ?? ''}`))
    return new Refusal('conflict', 'You have signed this already. It waits for somebody else.', { cause: error });
  return null;
}

async function lockPending(tx: Tx, actor: Actor, id: string) {
  const [row] = await tx.$queryRaw<
    {
      state: string;
      late: boolean;
      reason: string;
      proposerId: string;
      proposerPerson: string;
      payloadDigest: Uint8Array;
      nonce: Uint8Array;
      targetCount: number;
      approvalsNeeded: number;
    }[]
  >`
    SELECT state, expires_at <= clock_timestamp() AS late, reason, proposer_id::text AS "proposerId", proposer_person AS "proposerPerson",
      payload_digest AS "payloadDigest", nonce, target_count AS "targetCount", approvals_needed AS "approvalsNeeded"
    FROM proposals WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`;
  if (!row) throw new Refusal('not_found', 'There is no such proposal.');
  if (row.state === 'expired' || (row.state === 'pending' && row.late))
    throw new Refusal(
      'gone',
      'This proposal has expired; time never approves. Propose it again if it is still needed.',
    );
  if (row.state !== 'pending')
    throw new Refusal('conflict', `This proposal is ${row.state} already. Nothing was changed.`);
  return row;
}

async function move(
  tx: Tx,
  actor: Actor,
  id: string,
  to: 'approved' | 'rejected' | 'withdrawn',
  words: string | null,
): Promise<void> {
  const from = to === 'withdrawn' ? ['draft', 'pending'] : ['pending'];
  const moved = await tx.$executeRaw`
    UPDATE proposals SET state = ${to}, decided_at = clock_timestamp(), decided_by = ${actor.label}, decision_note = ${words}
    WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${id}::uuid AND state = ANY(${from}::text[])`;
  if (moved === 0) throw new Refusal('conflict', 'Somebody decided on this in the meantime. Nothing was changed.');
}
