import { z } from 'zod';
import { propose } from '#lib/approvals/submit.ts';
import { databaseNow } from '#lib/kernel/clock.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { caseContext } from '#lib/recovery/case-context.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import { knownProof, lockCase, personOfCase, proofsOf, providerOfCase } from '#lib/recovery/load-case.ts';
import { refusePartInCase } from '#lib/recovery/part-in-case.ts';
import { judgePaths, waitingMinutes } from '#lib/recovery/proof-policy.ts';

const reason = z.string().trim().min(3, 'Say in a few words why; it goes into the audit.').max(500);

/**
 * Proposes to give the person a new authenticator. Impossible while no path is complete (the database refuses it as well). What is
 * signed: the person, the path with its proofs, the risk with its reasons, the waiting time, and what ends. For a privileged person
 * or at high risk a second person signs; else the help desk alone, with a fresh passkey proof.
 * @throws Refusal `conflict`; `forbidden` for the person themself and for who attested it
 */
export const proposeRecovery = defineCommand({
  action: 'recovery_proposed',
  permission: 'recovery:review',
  stepUp: true,
  input: z.strictObject({ caseId: z.uuid(), reason }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const row = await lockCase(tx, tenantId, input.caseId);
    if (row.state !== 'open')
      throw new Refusal('conflict', 'This case is proposed or decided already. Nothing was changed.');
    const of = await personOfCase(tx, row);
    const provider = await providerOfCase(tx, row);
    if (!provider?.capabilities.recovery)
      throw new Refusal(
        'conflict',
        'The provider of this person cannot be asked for a binding code. Recover them there.',
      );
    await refusePartInCase(tx, tenantId, row.id, actor.id);
    const passed = await proofsOf(tx, tenantId, row.id);
    const at = await databaseNow(tx);
    const path = judgePaths(passed.map(knownProof), at.getTime()).find(({ complete }) => complete);
    if (!path)
      throw new Refusal(
        'conflict',
        'The proofs are not complete, so nothing can be approved. The case shows what is missing.',
      );
    const { risk, facts } = await caseContext(tx, tenantId, row);
    const minutes = waitingMinutes[facts.privileged ? 'high' : risk.level];
    const proposed = await propose(tx, actor, {
      kind: 'recover-account',
      reason: input.reason,
      parameters: { case: { id: row.id, number: row.number }, path: path.id, waitingMinutes: minutes },
      summary: {
        privileged: facts.privileged,
        risk: { score: risk.score, level: risk.level, reasons: risk.reasons },
        proofs: passed.filter(({ state }) => state === 'passed').map(({ id, kind, about }) => ({ id, kind, about })),
        ends: ['all sessions of the person from before', 'all other authenticators of the person'],
      },
      targets: [
        {
          type: 'recovery_case',
          id: row.id,
          personId: of.personId,
          providerId: null,
          reference: of.subject,
          label: of.personName,
          detail: { number: row.number, waitingMinutes: minutes },
        },
      ],
    });
    const moved = await tx.$executeRaw`
      UPDATE recovery_cases SET state = 'proposed', proposal_id = ${proposed.id}::uuid, path = ${path.id}, risk = ${risk.level}, privileged = ${facts.privileged},
        reviewer_id = ${actor.id}::uuid, waiting_minutes = ${minutes}
      WHERE tenant_id = ${tenantId}::uuid AND id = ${row.id}::uuid AND state = 'open'`;
    if (moved === 0) throw new Refusal('conflict', 'This case was decided meanwhile. Nothing was changed.');
    await noteCase(tx, tenantId, row.id, actor.label, `Proposed the recovery: ${input.reason}`);
    return {
      result: { proposalId: proposed.id, state: proposed.state, approvalsNeeded: proposed.approvalsNeeded },
      audit: {
        target: { type: 'recovery_case', id: row.id },
        reason: input.reason,
        detail: {
          proposal: proposed.id,
          digest: proposed.digest,
          path: path.id,
          risk: risk.level,
          privileged: facts.privileged,
        },
      },
    };
  },
});

/** Turns an open case down. @throws Refusal `conflict` */
export const rejectCase = defineCommand({
  action: 'recovery_rejected',
  permission: 'recovery:review',
  input: z.strictObject({ caseId: z.uuid(), reason }),
  async run({ tx, actor, input }) {
    const moved = await tx.$executeRaw`
      UPDATE recovery_cases SET state = 'rejected', closed_at = clock_timestamp(), closed_reason = ${input.reason}, reviewer_id = ${actor.id}::uuid, wrapped_veto = NULL
      WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${input.caseId}::uuid AND state = 'open'`;
    if (moved === 0) throw new Refusal('conflict', 'Only an open case can be rejected. Reject its proposal instead.');
    await noteCase(tx, actor.tenantId, input.caseId, actor.label, `Rejected: ${input.reason}`);
    return {
      result: { id: input.caseId },
      audit: { target: { type: 'recovery_case', id: input.caseId }, reason: input.reason },
    };
  },
});
