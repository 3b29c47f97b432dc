import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DeskProcess, startWeb } from '#lib/cli/bench/web-process.ts';
import { startCluster } from '#lib/cli/embedded-postgres/cluster.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { openDatabase } from '#lib/kernel/db/database.ts';
import { migrate } from '#lib/kernel/db/migrate.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { createServiceToken } from '#lib/staff/service-tokens.ts';
import { createTenant } from '#lib/staff/tenants.ts';

export const mainTenant = '01900000-0000-7000-8000-000000000001';

/** A database of its own and real web processes on it, for faults that only real processes have. */
export type FaultDesk = {
  url: string;
  token: string;
  /** The same for a second tenant. */
  otherToken: string;
  startWeb(env?: Record<string, string>): Promise<DeskProcess>;
  ids(like: string): Promise<string[]>;
  close(): Promise<void>;
};

export async function faultDesk(): Promise<FaultDesk> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'gatehouse-faults-'));
  const cluster = await startCluster({ dataDir });
  await migrate(cluster.url);
  const database = openDatabase({ url: cluster.url, name: 'test', connections: 2, statementTimeoutMs: 10_000 });
  const actor = systemActor(mainTenant, 'test', ['tokens:manage']);
  const asked = { name: 'faults', scopes: ['events:write'] };
  const { token } = await execute(database, createServiceToken, actor, asked);
  const other = systemActor((await createTenant(database, { slug: 'other', name: 'Other' })).id, 'test', [
    'tokens:manage',
  ]);
  const { token: otherToken } = await execute(database, createServiceToken, other, asked);
  await database.close();
  const started: DeskProcess[] = [];
  return {
    url: cluster.url,
    token,
    otherToken,
    async startWeb(env = {}) {
      const web = await startWeb(cluster.url, { DATA_DIR: dataDir, ...env });
      started.push(web);
      return web;
    },
    async ids(like) {
      const rows = await asOwner<{ id: string }>(
        cluster.url,
        'SELECT source_event_id AS id FROM events WHERE source_event_id LIKE $1',
        [like],
      );
      return rows.map(({ id }) => id);
    },
    async close() {
      await Promise.all(started.map((web) => web.stop()));
      await cluster.stop();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

/** A good record with this id. */
export function goodRecord(uid: string): string {
  return JSON.stringify({
    class_uid: 3002,
    activity_id: 1,
    status_id: 1,
    time: Date.now(),
    metadata: { uid },
    user: { uid: 'u1', name: 'Ada' },
    session: { uid: 's1' },
    src_endpoint: { ip: '192.0.2.7' },
  });
}
