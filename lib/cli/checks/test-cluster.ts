import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startCluster } from '#lib/cli/embedded-postgres/cluster.ts';

/** A real PostgreSQL for one test run: the embedded one in a folder of its own, gone afterwards. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'gatehouse-test-'));
  const cluster = await startCluster({ dataDir });
  project.provide('postgresUrl', cluster.url);
  return async () => {
    await cluster.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
