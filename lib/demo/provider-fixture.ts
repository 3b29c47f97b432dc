import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSampleProvider } from '#lib/demo/provider/server.ts';
import { readProviderSettings } from '#lib/demo/provider/settings.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { saveConnection } from '#lib/providers/connection.ts';

/** The sample provider in this process, connected to a tenant: for tests of what Gatehouse does at a provider. */
export async function openProviderFixture(database: Database, tenantId: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-sample-'));
  const providerId = newId();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const secret = () => randomBytes(32).toString('base64url');
  const token = secret();
  const provider = await startSampleProvider(
    readProviderSettings({
      SAMPLE_PROVIDER_DIR: folder,
      SAMPLE_PROVIDER_PORT: String(port),
      SAMPLE_APP_PORT: String(await freePort()),
      SAMPLE_INGEST_URL: `http://127.0.0.1:${await freePort()}/api/v1/ingest/sample`,
      SAMPLE_INGEST_TOKEN: secret(),
      SAMPLE_MANAGEMENT_TOKEN: token,
      SAMPLE_COOKIE_KEY: secret(),
      SAMPLE_EDGE_KEY: secret(),
      SAMPLE_PASSWORD: secret(),
      SAMPLE_PAYROLL_SECRET: secret(),
      SAMPLE_WIKI_SECRET: secret(),
    }),
  );
  await database.inTenant(tenantId, async (tx) => {
    await tx.provider.create({
      data: { tenantId, id: providerId, slug: 'sample', kind: 'sample', name: 'Sample provider', issuer: origin },
    });
    await saveConnection(tx, {
      tenantId,
      providerId,
      baseUrl: `${origin}/manage/v1`,
      secret: token,
      allowance: { networks: ['127.0.0.0/8'], ports: [port], plainHttp: true },
    });
  });
  return {
    origin,
    providerId,
    /** What the provider's management interface wants to see. */
    token,
    stateFile: path.join(folder, 'state.db'),
    async close() {
      await provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
