import { auditFinished } from '#lib/execution/audit-finished.ts';
import { concludeRuns } from '#lib/execution/conclude-runs.ts';
import type { Effects } from '#lib/execution/effect.ts';
import { type Move, moveItems } from '#lib/execution/item-ledger.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { isDatabaseAway, isWorthRepeating } from '#lib/kernel/errors.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import type { ProposalKind } from '#lib/model/operations.ts';

/** Steps a transaction writes at most. */
const batchMax = 500;

/**
 * Collects steps of many items and writes them together: while one transaction commits, the next one fills. A step, what its effect
 * records, its audit entry and the end of its run are one transaction (rule 2).
 */
export function ledgerWriter(context: { database: Database; tenantId: string; effects: Effects }) {
  // Two queues: what comes to an end is recorded in the store and the audit, and the light steps need not wait for that.
  const light = openQueue();
  const endings = openQueue();

  function openQueue() {
    const waiting: Waiting[] = [];
    let writing = false;
    return async function push(each: Waiting): Promise<void> {
      waiting.push(each);
      if (writing) return;
      writing = true;
      try {
        while (waiting.length > 0) {
          const batch = waiting.splice(0, batchMax);
          try {
            const kept = await writeAll(batch.map(({ move }) => move));
            for (const { move, settle } of batch) settle(kept.has(move));
          } catch (error) {
            for (const { fail } of batch) fail(error);
          }
        }
      } finally {
        writing = false;
      }
    };
  }

  async function writeAll(moves: readonly Move[]): Promise<Set<Move>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await writeOnce(moves);
      } catch (error) {
        if (attempt < 5 && isWorthRepeating(error)) continue;
        if (moves.length === 1 || isDatabaseAway(error)) throw error;
        // One item that cannot be recorded must not hold up the others.
        const kept = new Set<Move>();
        for (const move of moves) for (const one of await writeOnce([move]).catch(() => [])) kept.add(one);
        return kept;
      }
    }
  }

  async function writeOnce(moves: readonly Move[]): Promise<Set<Move>> {
    return context.database.inTenant(context.tenantId, async (tx) => {
      // A crash of the database may lose the last light steps: the item is then looked at first, as after a crash of ours.
      if (!moves.some((move) => isEnding(move) || move.to === 'sending'))
        await tx.$executeRaw`SET LOCAL synchronous_commit = off`;
      const kept = await moveItems(tx, context.tenantId, moves);
      const ended = [...kept].filter(isEnding);
      if (ended.length === 0) return kept;
      for (const kind of new Set(ended.map(({ item }) => item.kind))) {
        const proved = ended.filter(({ item, to }) => to === 'verified' && item.kind === kind).map(({ item }) => item);
        if (proved.length > 0) await context.effects[kind as ProposalKind].onVerified(tx, context.tenantId, proved);
      }
      failpoint('run.before_finish_commit');
      const concluded = await concludeRuns(tx, context.tenantId, context.effects, [
        ...new Set(ended.map(({ item }) => item.runId)),
      ]);
      await auditFinished(tx, context.tenantId, context.effects, ended, concluded);
      return kept;
    });
  }

  return {
    /** Writes a step. @returns false when this worker lost the item: then nothing was written and nothing may follow */
    write(move: Move): Promise<boolean> {
      return new Promise((settle, fail) => {
        // Asking again is durable before the call, like every "sending".
        const push = isEnding(move) || move.to === 'sending' ? endings : light;
        void push({ move, settle, fail });
      });
    },
  };
}
export type LedgerWriter = ReturnType<typeof ledgerWriter>;

type Waiting = { move: Move; settle: (kept: boolean) => void; fail: (error: unknown) => void };

function isEnding({ to }: Move): boolean {
  return to === 'verified' || to === 'failed';
}
