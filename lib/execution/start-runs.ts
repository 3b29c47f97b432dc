import { whyProposalDoesNotHold } from '#lib/approvals/holds.ts';
import { systemId, whyPeopleDoNotHold } from '#lib/approvals/people.ts';
import { voidProposal } from '#lib/approvals/void-proposal.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';

/** Items a transaction makes at most. */
const itemsMax = 50_000;

type Starting = { id: string; proposalId: string; kind: string; reason: string };

/**
 * Starts what is approved. The last gate, in one transaction: the proposal is still exactly what was signed, who asked and who
 * signed still may, and their number is enough; then the proposal is consumed, so it runs at most once (I9). What fails the gate is
 * void and its cut-off is lifted. Then one item a frozen target, by INSERT … SELECT. @returns how many runs or batches it worked on
 */
export async function startRuns(database: Database, tenantId: string): Promise<number> {
  let done = 0;
  while (await database.inTenant(tenantId, (tx) => startOne(tx, tenantId))) done += 1;
  while (await database.inTenant(tenantId, (tx) => makeItems(tx, tenantId))) done += 1;
  return done;
}

async function startOne(tx: Tx, tenantId: string): Promise<boolean> {
  const [run] = await tx.$queryRaw<Starting[]>`
    SELECT r.id::text, r.proposal_id::text AS "proposalId", r.kind, p.reason FROM runs r
    JOIN proposals p ON p.tenant_id = r.tenant_id AND p.id = r.proposal_id
    WHERE r.tenant_id = ${tenantId}::uuid AND r.finished_at IS NULL AND r.state = 'starting' AND p.state = 'approved' AND p.expires_at > statement_timestamp()
    ORDER BY r.created_at LIMIT 1 FOR UPDATE SKIP LOCKED`;
  if (!run) return false;
  const actor = systemActor(tenantId, 'Gatehouse worker');
  const changed = await whyProposalDoesNotHold(tx, tenantId, run.proposalId);
  const problem = changed ?? (await whyPeopleDoNotHold(tx, tenantId, run.proposalId));
  if (problem) {
    await voidProposal(tx, tenantId, { id: run.proposalId, kind: run.kind }, problem, { alarm: changed !== null });
    await appendAudit(tx, actor, {
      action: 'proposal_void',
      outcome: 'refused',
      target: { type: 'proposal', id: run.proposalId },
      reason: run.reason,
      detail: { why: problem, run: run.id, kind: run.kind },
    });
    return true;
  }
  await tx.$executeRaw`
    UPDATE proposals SET state = 'consumed' WHERE tenant_id = ${tenantId}::uuid AND id = ${run.proposalId}::uuid AND state = 'approved'`;
  await tx.$executeRaw`
    UPDATE runs SET state = 'running', started_at = clock_timestamp() WHERE tenant_id = ${tenantId}::uuid AND id = ${run.id}::uuid AND state = 'starting'`;
  await makeItems(tx, tenantId, run.id);
  failpoint('run.before_start_commit');
  await appendAudit(tx, actor, {
    action: 'run_started',
    outcome: 'success',
    target: { type: 'run', id: run.id },
    reason: run.reason,
    detail: { proposal: run.proposalId, kind: run.kind },
  });
  return true;
}

/** Makes the next items of a run that has not got all of them. A target's `detail.notBefore` (ISO 8601) is when its item is due. */
async function makeItems(tx: Tx, tenantId: string, runId: string | null = null): Promise<boolean> {
  const [run] = await tx.$queryRaw<{ id: string; proposalId: string; made: number }[]>`
    SELECT r.id::text, r.proposal_id::text AS "proposalId", r.items_made AS made FROM runs r
    JOIN proposals p ON p.tenant_id = r.tenant_id AND p.id = r.proposal_id
    WHERE r.tenant_id = ${tenantId}::uuid AND r.finished_at IS NULL AND r.state IN ('running', 'paused') AND r.items_made < p.target_count
      AND (${runId}::uuid IS NULL OR r.id = ${runId}::uuid)
    ORDER BY r.created_at LIMIT 1 FOR UPDATE OF r SKIP LOCKED`;
  if (!run) return false;
  const made = await tx.$executeRaw`
    INSERT INTO run_items (tenant_id, run_id, position, lane, state, next_attempt_at)
    SELECT t.tenant_id, ${run.id}::uuid, t.position, COALESCE(t.provider_id, ${systemId}::uuid), 'planned',
      COALESCE((t.detail::jsonb ->> 'notBefore')::timestamptz, statement_timestamp())
    FROM proposal_targets t WHERE t.tenant_id = ${tenantId}::uuid AND t.proposal_id = ${run.proposalId}::uuid
      AND t.position > ${run.made} AND t.position <= ${run.made + itemsMax}`;
  await tx.$executeRaw`
    UPDATE runs SET items_made = ${run.made + made} WHERE tenant_id = ${tenantId}::uuid AND id = ${run.id}::uuid`;
  return made > 0;
}
