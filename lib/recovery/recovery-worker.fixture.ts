import { flushCompileCache } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { itemRunner } from '#lib/execution/run-due-items.ts';
import { settleRuns } from '#lib/execution/settle-runs.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { effects } from '#lib/pipeline.ts';
import { showBindingCode } from '#lib/recovery/show-binding-code.ts';
import { workRecovery } from '#lib/recovery/work-recovery.ts';

/**
 * A process for the kill tests of recovery, until a failpoint kills it. `work TENANT QUESTION`: the worker's stages for runs and
 * recovery, until the question (SQL that answers one boolean) is answered with yes. `show SECRET`: hands out a binding code, as the web process does.
 */
const [mode = '', first = '', question = ''] = process.argv.slice(2);
// A killed process writes nothing at its end; what it compiled serves the next one.
flushCompileCache();
const database = pool('worker');
const { signal } = new AbortController();
if (mode === 'show') await showBindingCode(database, first);
else {
  const runner = itemRunner(database, effects);
  const isThere = async () => {
    const [row] = await database.inTenant(first, (tx) =>
      tx.$queryRawUnsafe<{ yes: boolean }[]>(`SELECT (${question}) AS yes`),
    );
    return row?.yes === true;
  };
  while (!(await isThere())) {
    const done =
      (await startRuns(database, first)) +
      (await runner.work(first, signal)) +
      (await settleRuns(database, first, effects)) +
      (await workRecovery(database, first, signal));
    if (done === 0) await setTimeout(100);
  }
  await runner.settle();
}
await closePools();
