import { randomBytes } from 'node:crypto';
import { openProviderFixture } from '#lib/demo/provider-fixture.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { testDatabase } from '#lib/kernel/db/test-database.ts';
import { providerIssuerId } from '#lib/keys/mirror-provider.ts';

/** A desk for tests of a provider's keys: a database of its own, the real sample provider connected to it, a KEK. */
export type ProviderKeysDesk = {
  made: Awaited<ReturnType<typeof testDatabase>>;
  database: Database;
  provider: Awaited<ReturnType<typeof openProviderFixture>>;
  issuerId: string;
  close(): Promise<void>;
};

/** Opens one; its provider's keys are not looked at yet. */
export async function openProviderKeysDesk(tenantId: string): Promise<ProviderKeysDesk> {
  process.env.GATEHOUSE_KEK = randomBytes(32).toString('base64');
  process.env.GATEHOUSE_URL = 'https://desk.example.org';
  const made = await testDatabase();
  const database = openDatabase({ url: made.url, name: 'test', connections: 4, statementTimeoutMs: 20_000 });
  const provider = await openProviderFixture(database, tenantId);
  return {
    made,
    database,
    provider,
    issuerId: providerIssuerId(tenantId, provider.providerId),
    async close() {
      await provider.close();
      await database.close();
      await made.close();
    },
  };
}
