import { flushCompileCache } from 'node:module';
import { itemRunner } from '#lib/execution/run-due-items.ts';
import { settleRuns } from '#lib/execution/settle-runs.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { openDatabase } from '#lib/kernel/db/database.ts';
import { effects } from '#lib/pipeline.ts';
import { type Capabilities, ProviderCallFailed } from '#lib/providers/definition.ts';
import { endingSessions, endSessionEffect } from '#lib/revocation/end-session-effect.ts';

/**
 * A worker process of a test: the real stages of runs against a provider double over HTTP. `kill-worker.test.ts` kills, stops and
 * continues it. Arguments: database URL, tenant, address of the double.
 */
const [url = '', tenantId = '', double = ''] = process.argv.slice(2);
// A killed process writes nothing at its end; what it compiled serves the next one.
flushCompileCache();

const call = async (method: string, id: string, signal: AbortSignal): Promise<number> => {
  const answer = await fetch(`${double}/sessions/${id}`, { method, signal }).catch(() => null);
  if (!answer || answer.status >= 500)
    throw new ProviderCallFailed('no clear answer', {
      ambiguous: true,
      retryable: true,
      status: answer?.status ?? null,
    });
  return answer.status;
};
const capabilities: Capabilities = {
  limits: { concurrency: 4, perSecond: null },
  async endSession(id, signal) {
    const status = await call('DELETE', id, signal);
    return { outcome: status === 404 ? 'gone' : 'accepted', status, detail: '' };
  },
  lookUpSession: async (id, signal) =>
    (await call('GET', id, signal)) === 200 ? { sourceSessionId: id, alive: true, startedAt: null } : null,
  test: async () => ({ ok: true, detail: '' }),
};

const database = openDatabase({ url, name: 'worker-fixture', connections: 4, statementTimeoutMs: 20_000 });
const mine = { ...effects, 'revoke-sessions': { ...endSessionEffect, open: async () => endingSessions(capabilities) } };
const runner = itemRunner(database, mine);
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
process.stdout.write('ready\n');
while (!stopping.signal.aborted) {
  const done =
    (await startRuns(database, tenantId)) +
    (await runner.work(tenantId, stopping.signal)) +
    (await settleRuns(database, tenantId, mine));
  if (done === 0) await new Promise((resolve) => setTimeout(resolve, 50));
}
await runner.settle();
await database.close();
