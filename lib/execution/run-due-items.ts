import { digestHolds } from '#lib/approvals/propose.ts';
import {
  attemptHoursMax,
  attemptsMax,
  backoffSeconds,
  type ClaimedItem,
  claimItems,
  LeaseLost,
  moveItem,
} from '#lib/execution/item-ledger.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import { log } from '#lib/kernel/log.ts';
import { permissionsOf } from '#lib/model/permissions.ts';
import { type Capabilities, ProviderCallFailed } from '#lib/providers/definition.ts';

/** How an item is carried out at its provider, and what is recorded once it is proved. */
export type Effect = {
  /** What the item's provider can be asked to do; `null` when it is not connected (any more). */
  capabilities(tx: Tx, tenantId: string, item: ClaimedItem): Promise<Capabilities | null>;
  /** Called in the transaction that marks the item verified. */
  onVerified(tx: Tx, tenantId: string, item: ClaimedItem): Promise<void>;
};

export type RunContext = { database: Database; tenantId: string; effect: Effect; signal: AbortSignal };

/** Looks after the provider confirmed, seconds apart; a session that outlives them was not ended, whatever the provider said. */
const lookAgainSeconds = [1, 2, 3, 4] as const;

/**
 * Carries out what is due: planned → sending (committed before the call) → confirmed → verified, or failed or unknown. Each step
 * is in the ledger before and after the call, so that after a crash it is known what is ambiguous; the provider is then looked
 * at first. Safe to run in any number of workers. @returns how many items were worked on
 */
export async function runDueItems(context: RunContext, most = 8): Promise<number> {
  const { database, tenantId } = context;
  const items = await database.inTenant(tenantId, (tx) => claimItems(tx, tenantId, most));
  await Promise.all(
    items.map((item) =>
      work(context, item).catch((error: unknown) => {
        if (error instanceof LeaseLost) log.warn({ item: item.id }, 'lost the lease; the item is another worker’s');
        else
          log.error(
            { err: error, item: item.id },
            'an item could not be worked on; it is due again when its lease ends',
          );
      }),
    ),
  );
  return items.length;
}

async function work(context: RunContext, item: ClaimedItem): Promise<void> {
  const { database, tenantId, effect } = context;
  const opening = await database.inTenant(tenantId, async (tx) => ({
    problem: await mayGoOn(tx, tenantId, item),
    capabilities: await effect.capabilities(tx, tenantId, item),
  }));
  if (opening.problem) return finish(context, item, 'failed', opening.problem);
  const { capabilities } = opening;
  if (!capabilities)
    return finish(context, item, 'failed', 'The provider is not connected any more, so it could not be asked.');
  if (item.state === 'confirmed') return lookAgain(context, item, capabilities);
  // After a crash or an unclear answer the call may have taken effect: look before asking again.
  const ambiguous = item.state === 'sending' || item.state === 'unknown';
  if (item.state === 'sending')
    item = await step(
      context,
      item,
      'unknown',
      'The worker ended in the middle of the call; looking at the provider first',
    );
  if (item.attempts >= attemptsMax || Date.now() - item.orderedAt.getTime() > attemptHoursMax * 3_600_000) {
    return finish(context, item, 'failed', `Given up after ${item.attempts} attempts. The session may still be alive.`);
  }
  const attempt = item.attempts + 1;
  item = await step(
    context,
    item,
    'sending',
    ambiguous ? `Attempt ${attempt}: looking first` : `Attempt ${attempt}: asking the provider to end the session`,
    attempt,
  );
  failpoint('revoke.after_sending');
  try {
    const gone = ambiguous && !(await isAlive(context, item, capabilities));
    const answer = gone
      ? { outcome: 'gone' as const, status: 404, detail: 'already gone' }
      : await capabilities.endSession(item.sourceSessionId, context.signal);
    failpoint('revoke.after_provider_ok');
    const words =
      answer.outcome === 'gone'
        ? 'The provider had no such session any more'
        : `The provider accepted (${answer.status})`;
    item = await step(context, item, 'confirmed', words);
    failpoint('revoke.after_confirmed');
  } catch (error) {
    if (!(error instanceof ProviderCallFailed)) throw error;
    await afterFailure(context, item, error);
    return;
  }
  await lookAgain(context, item, capabilities);
}

async function lookAgain(context: RunContext, item: ClaimedItem, capabilities: Capabilities): Promise<void> {
  try {
    if (!(await isAlive(context, item, capabilities)))
      return await finish(context, item, 'verified', 'Looked again: the session is gone');
  } catch (error) {
    if (!(error instanceof ProviderCallFailed)) throw error;
    await wait(context, item, 2, `Could not look again: ${error.message}`);
    return;
  }
  const looks = await countSteps(context, item, 'confirmed');
  const pause = lookAgainSeconds[looks - 1];
  if (pause === undefined)
    return finish(
      context,
      item,
      'failed',
      'The provider said it ended the session, but the session is still alive there.',
    );
  await wait(context, item, pause, 'Looked again: the session is still alive');
}

async function isAlive(context: RunContext, item: ClaimedItem, capabilities: Capabilities): Promise<boolean> {
  const session = await capabilities.lookUpSession(item.sourceSessionId, context.signal);
  return session?.alive ?? false;
}

async function afterFailure(context: RunContext, item: ClaimedItem, error: ProviderCallFailed): Promise<void> {
  if (!error.retryable) return finish(context, item, 'failed', error.message);
  const { database, tenantId } = context;
  await database.inTenant(tenantId, (tx) =>
    moveItem(tx, tenantId, item, {
      to: 'unknown',
      detail: error.message,
      error: error.message,
      waitSeconds: backoffSeconds(item.attempts),
    }),
  );
}

function step(
  context: RunContext,
  item: ClaimedItem,
  to: ClaimedItem['state'],
  detail: string,
  attempts = item.attempts,
): Promise<ClaimedItem> {
  const { database, tenantId } = context;
  return database.inTenant(tenantId, (tx) => moveItem(tx, tenantId, item, { to, detail, attempts }));
}

async function wait(context: RunContext, item: ClaimedItem, seconds: number, detail: string): Promise<void> {
  const { database, tenantId } = context;
  await database.inTenant(tenantId, (tx) =>
    moveItem(tx, tenantId, item, { to: 'confirmed', detail, waitSeconds: seconds }),
  );
}

async function countSteps(context: RunContext, item: ClaimedItem, state: string): Promise<number> {
  const { database, tenantId } = context;
  return database.inTenant(tenantId, (tx) => tx.runItemStep.count({ where: { tenantId, itemId: item.id, state } }));
}

/** The last step of an item, its audit entry, and the run's when it was the last item: one transaction (rule 2). */
async function finish(
  context: RunContext,
  item: ClaimedItem,
  to: 'verified' | 'failed',
  detail: string,
): Promise<void> {
  const { database, tenantId, effect } = context;
  await database.inTenant(tenantId, async (tx) => {
    await moveItem(tx, tenantId, item, { to, detail, error: to === 'failed' ? detail : null });
    if (to === 'verified') await effect.onVerified(tx, tenantId, item);
    failpoint('revoke.before_finish_commit');
    const actor = systemActor(tenantId, 'Gatehouse worker');
    const ended = await tx.$queryRaw<{ state: string }[]>`
      UPDATE runs SET state = CASE WHEN EXISTS (SELECT 1 FROM run_items f WHERE f.tenant_id = runs.tenant_id AND f.run_id = runs.id AND f.state = 'failed')
          THEN 'failed' ELSE 'done' END, finished_at = clock_timestamp()
      WHERE tenant_id = ${tenantId}::uuid AND id = ${item.runId}::uuid AND state = 'running'
        AND NOT EXISTS (SELECT 1 FROM run_items o WHERE o.tenant_id = runs.tenant_id AND o.run_id = runs.id AND o.finished_at IS NULL)
      RETURNING state`;
    if (ended.length > 0) {
      await tx.$executeRaw`UPDATE proposals SET state = 'consumed' WHERE tenant_id = ${tenantId}::uuid AND id = ${item.proposalId}::uuid AND state = 'approved'`;
    }
    await appendAudit(tx, actor, {
      action: to === 'verified' ? 'session_revoked' : 'session_revocation_failed',
      outcome: to === 'verified' ? 'success' : 'failure',
      target: { type: 'session', id: item.sessionId },
      reason: item.reason,
      detail: {
        run: item.runId,
        item: item.id,
        attempts: item.attempts,
        proposer: item.proposerId,
        result: detail,
        run_state: ended[0]?.state ?? 'running',
      },
    });
  });
}

/** The last gate: the frozen set is unchanged, and who ordered it still may. `null` when both hold. */
async function mayGoOn(tx: Tx, tenantId: string, item: ClaimedItem): Promise<string | null> {
  if (item.state !== 'planned') return null;
  if (!(await digestHolds(tx, tenantId, item.proposalId)))
    return 'What was ordered was changed afterwards, so it was not carried out.';
  const operator = await tx.operator.findUnique({
    where: { id: item.proposerId },
    include: { roles: { where: { tenantId } } },
  });
  if (operator) {
    const allowed = permissionsOf(operator.roles.map(({ role }) => role)).has('revocations:propose');
    return operator.disabledAt || !allowed
      ? 'Who ordered this may not do so any more, so it was not carried out.'
      : null;
  }
  const token = await tx.serviceToken.findUnique({ where: { tenantId_id: { tenantId, id: item.proposerId } } });
  return token && !token.revokedAt && token.scopes.includes('revocations:propose')
    ? null
    : 'Who ordered this is not known any more, so it was not carried out.';
}
