import { z } from 'zod';
import { whyPeopleDoNotHold } from '#lib/approvals/people.ts';
import { approvalRules } from '#lib/approvals/rules.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { defineCommand, execute } from '#lib/kernel/command.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { ProposalKind, RunState } from '#lib/model/operations.ts';

export const runActs = ['pause', 'resume', 'abort', 'retry-failed'] as const;
export type RunAct = (typeof runActs)[number];

/** What each act needs the run to be, what it makes of it, and what the audit calls it. */
const acts: Record<RunAct, { from: readonly RunState[]; to: RunState; action: string; done: string }> = {
  pause: { from: ['running'], to: 'paused', action: 'run_paused', done: 'paused' },
  resume: { from: ['paused'], to: 'running', action: 'run_resumed', done: 'running again' },
  abort: { from: ['running', 'paused'], to: 'aborted', action: 'run_stopped', done: 'stopped' },
  'retry-failed': {
    from: ['failed', 'running'],
    to: 'running',
    action: 'run_failed_items_retried',
    done: 'running again',
  },
};

const control = (kind: ProposalKind, act: RunAct) =>
  defineCommand({
    action: acts[act].action,
    permission: approvalRules[kind].permissions.propose,
    input: z.strictObject({ id: z.uuid(), note: z.string().trim().max(500).optional() }),
    async run({ tx, actor, input }) {
      const [run] = await tx.$queryRaw<{ state: RunState; proposalId: string; finished: boolean }[]>`
        SELECT state, proposal_id::text AS "proposalId", finished_at IS NOT NULL AS finished FROM runs
        WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${input.id}::uuid FOR UPDATE`;
      const { from, to } = acts[act];
      if (!run) throw new Refusal('not_found', 'There is no such run.');
      if (!from.includes(run.state))
        throw new Refusal(
          'conflict',
          `This run is ${run.state}, so it cannot be ${acts[act].done}. Nothing was changed.`,
        );
      let items = 0;
      if (act === 'resume' || act === 'retry-failed') {
        const problem = await whyPeopleDoNotHold(tx, actor.tenantId, run.proposalId);
        if (problem) throw new Refusal('conflict', `${problem} Propose what is left anew.`);
      }
      if (act === 'retry-failed') {
        items = await replanFailed(tx, actor, input.id);
        if (items === 0) throw new Refusal('conflict', 'No item of this run has failed. Nothing was changed.');
      }
      await tx.$executeRaw`
        UPDATE runs SET state = ${to}, note = ${input.note ?? null}, finished_at = NULL,
          started_at = CASE WHEN ${act === 'retry-failed'} THEN clock_timestamp() ELSE started_at END
        WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${input.id}::uuid AND state = ${run.state}`;
      return {
        result: { state: to, items },
        audit: {
          target: { type: 'run', id: input.id },
          detail: { kind, was: run.state, ...(items > 0 ? { items } : {}) },
          ...(input.note ? { reason: input.note } : {}),
        },
      };
    },
  });

async function replanFailed(tx: Tx, actor: Actor, runId: string): Promise<number> {
  return tx.$executeRaw`
    WITH moved AS (UPDATE run_items SET state = 'planned', steps = steps + 1, attempts = 0, looks = 0, finished_at = NULL, error = NULL, cause = NULL,
        next_attempt_at = clock_timestamp(), lease_until = NULL
      WHERE tenant_id = ${actor.tenantId}::uuid AND run_id = ${runId}::uuid AND state = 'failed' RETURNING position, steps)
    INSERT INTO run_item_steps (tenant_id, run_id, position, seq, at, state, attempt, detail)
    SELECT ${actor.tenantId}::uuid, ${runId}::uuid, position, steps, clock_timestamp(), 'planned', 0, ${`Tried anew by ${actor.label}`} FROM moved`;
}

/**
 * Pauses a run (no further item is begun), resumes it, stops it for good ("no further items"), or tries its failed items alone
 * anew. Resuming and trying anew ask again whether the people who proposed and signed still may.
 * @throws Refusal `not_found`, `conflict`, `forbidden`
 */
export async function controlRun(
  database: Database,
  actor: Actor,
  act: RunAct,
  input: { id: string; note?: string | undefined },
): Promise<{ state: RunState; items: number }> {
  const run = z.uuid().safeParse(input.id).success
    ? await database.inTenant(actor.tenantId, (tx) =>
        tx.run.findUnique({
          where: { tenantId_id: { tenantId: actor.tenantId, id: input.id } },
          select: { kind: true },
        }),
      )
    : null;
  if (!run) throw new Refusal('not_found', 'There is no such run.');
  if (actor.type === 'token') throw new Refusal('forbidden', 'Only people steer a run. Nothing was changed.');
  return execute(database, control(run.kind as ProposalKind, act), actor, input);
}
