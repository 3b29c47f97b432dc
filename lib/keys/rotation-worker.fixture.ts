import { flushCompileCache } from 'node:module';
import { openDatabase } from '#lib/kernel/db/database.ts';
import { advanceRotations } from '#lib/keys/advance-rotations.ts';
import { ownKeySet } from '#lib/keys/key-set.ts';

// A worker process for the kill tests: works on rotations until nothing is due or a failpoint kills it.
const [url = '', tenantId = ''] = process.argv.slice(2);
// A killed process writes nothing at its end; what it compiled serves the next one.
flushCompileCache();
const database = openDatabase({ url, name: 'rotation-worker', connections: 2, statementTimeoutMs: 10_000 });
const ports = {
  readKeySet: async () => (await database.inTenant(tenantId, (tx) => ownKeySet(tx, tenantId))).set,
  takeProviderStep: () => Promise.reject(new Error('no provider in this test')),
};
while ((await advanceRotations({ database, tenantId, ports, signal: new AbortController().signal })) > 0);
await database.close();
