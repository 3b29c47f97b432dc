import type { Effects } from '#lib/execution/effect.ts';
import type { Move } from '#lib/execution/item-ledger.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { sha256 } from '#lib/kernel/ids.ts';

/** Runs up to this size get an entry an item; larger ones an entry a transaction that commits to the items it tells of. */
const entryAnItemMax = 25;

/** The audit entries of items that came to an end, in the transaction that ended them. */
export async function auditFinished(
  tx: Tx,
  tenantId: string,
  effects: Effects,
  ended: readonly Move[],
  concluded: ReadonlyMap<string, string>,
): Promise<void> {
  const actor = systemActor(tenantId, 'Gatehouse worker');
  const byRun = Map.groupBy(ended, ({ item }) => item.runId);
  for (const [run, moves] of byRun) {
    const size = moves[0]?.item.runSize ?? 0;
    const runState = concluded.get(run) ?? 'running';
    if (size <= entryAnItemMax) {
      for (const { item, to, detail } of moves) {
        const { words } = effects[item.kind];
        await appendAudit(tx, actor, {
          action: to === 'verified' ? words.verifiedAction : words.failedAction,
          outcome: to === 'verified' ? 'success' : 'failure',
          target: { type: item.targetType, id: item.targetId },
          reason: item.reason,
          detail: {
            run,
            proposal: item.proposalId,
            position: item.position,
            attempts: item.attempts,
            result: detail,
            run_state: runState,
          },
        });
      }
      continue;
    }
    const lines = moves.map(({ item, to }) => `${item.position} ${item.targetType} ${item.targetId} ${to}\n`).sort();
    const failed = moves.filter(({ to }) => to === 'failed').length;
    await appendAudit(tx, actor, {
      action: 'run_items_finished',
      outcome: failed === 0 ? 'success' : 'failure',
      target: { type: 'run', id: run },
      detail: {
        verified: moves.length - failed,
        failed,
        items_sha256: sha256(lines.join('')).toString('hex'),
        run_state: runState,
      },
    });
  }
}
