import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Cluster, startCluster } from '#lib/cli/embedded-postgres/cluster.ts';
import { readRuntime, takeDirectory } from '#lib/cli/supervisor/lock.ts';
import { migrate } from '#lib/kernel/db/migrate.ts';
import type { Env } from '#lib/kernel/env.ts';

/** Keeps the embedded cluster up: when it dies it is started again on the same port, so that every pool finds it again. */
export async function keepDatabase(
  dataDir: string,
  say: (line: string) => void,
): Promise<{ url: string; port: number; pid(): number; stop(): Promise<void> }> {
  let cluster = await startCluster({ dataDir });
  let stopping = false;
  const { url, port } = cluster;
  const watch = (watched: Cluster) => {
    void watched.exited.then(async () => {
      for (let delayMs = 200; !stopping; delayMs = Math.min(delayMs * 2, 5_000)) {
        say('the database ended; starting it again');
        try {
          cluster = await startCluster({ dataDir, port });
          watch(cluster);
          return;
        } catch (error) {
          say(`the database did not start: ${error instanceof Error ? error.message : error}`);
          await new Promise((resolve) => setTimeout(resolve, delayMs));
        }
      }
    });
  };
  watch(cluster);
  return {
    url,
    port,
    pid: () => cluster.pid,
    async stop() {
      stopping = true;
      await cluster.stop();
    },
  };
}

/**
 * Runs `work` with DATABASE_URL set: the configured database, that of a running Gatehouse on this DATA_DIR, or the embedded one
 * started for this command alone and stopped after it. The schema is brought up to date unless a running Gatehouse did.
 */
export async function withDatabase<T>(env: Env, work: () => Promise<T>): Promise<T> {
  if (env.DATABASE_URL) {
    process.env.DATABASE_URL = env.DATABASE_URL;
    await migrate(env.DATABASE_URL);
    return work();
  }
  const held = readRuntime(env.DATA_DIR);
  if (held?.alive && held.runtime.databasePort) {
    const password = readFileSync(path.join(env.DATA_DIR, 'secrets', 'postgres-password'), 'utf8').trim();
    process.env.DATABASE_URL = `postgresql://gatehouse:${password}@127.0.0.1:${held.runtime.databasePort}/gatehouse`;
    return work();
  }
  const directory = takeDirectory(env.DATA_DIR, 'command', null);
  try {
    const cluster = await startCluster({ dataDir: env.DATA_DIR });
    try {
      directory.update({ databasePort: cluster.port });
      process.env.DATABASE_URL = cluster.url;
      await migrate(cluster.url);
      return await work();
    } finally {
      await cluster.stop();
    }
  } finally {
    directory.release();
  }
}
