import { flushCompileCache } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { openDatabase } from '#lib/kernel/db/database.ts';
import { workKeys } from '#lib/keys/work-keys.ts';

// A worker process for the kill tests at a provider: the real stage for keys, until no rotation is due or a failpoint kills it.
const [url = '', tenantId = ''] = process.argv.slice(2);
// A killed process writes nothing at its end; what it compiled serves the next one.
flushCompileCache();
const database = openDatabase({ url, name: 'provider-rotation-worker', connections: 2, statementTimeoutMs: 10_000 });
const isDue = async () => {
  const due = await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<unknown[]>`
      SELECT 1 FROM key_rotations WHERE tenant_id = ${tenantId}::uuid AND state = 'running' AND next_at <= clock_timestamp() + interval '20 seconds'`,
  );
  return due.length > 0;
};
while (await isDue())
  if ((await workKeys(database, tenantId, new AbortController().signal)) === 0) await setTimeout(100);
await database.close();
