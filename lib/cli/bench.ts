import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchLine } from '#lib/cli/bench/group.ts';
import { benchGroups } from '#lib/cli/bench/registry.ts';
import { startCluster } from '#lib/cli/embedded-postgres/cluster.ts';
import { migrate } from '#lib/kernel/db/migrate.ts';
import { closePools } from '#lib/kernel/db/pools.ts';

/**
 * `npm run bench [-- GROUP… | GROUP.FIGURE…]`: each group runs alone on an embedded database of its own in a temporary folder. Stdout holds
 * nothing but one JSON object a line; what happens meanwhile is told on stderr.
 */
async function main(wanted: readonly string[]): Promise<number> {
  const groupOf = (name: string) => name.split('.')[0] ?? '';
  const unknown = wanted.filter((name) => !(groupOf(name) in benchGroups));
  if (unknown.length > 0) {
    say(`there is no group ${unknown.join(', ')}. There are: ${Object.keys(benchGroups).join(', ')}`);
    return 2;
  }
  let failed = 0;
  for (const [name, group] of Object.entries(benchGroups)) {
    const asked = wanted.filter((one) => groupOf(one) === name);
    if (wanted.length > 0 && asked.length === 0) continue;
    const wants = (figure: string) => asked.length === 0 || asked.includes(name) || asked.includes(figure);
    say(`group ${name}`);
    const dataDir = mkdtempSync(path.join(tmpdir(), `gatehouse-bench-${name}-`));
    process.env.DATA_DIR = dataDir;
    const cluster = await startCluster({ dataDir });
    try {
      process.env.DATABASE_URL = cluster.url;
      await migrate(cluster.url);
      await (await group())({ url: cluster.url, dataDir, say, emit, wants });
    } catch (error) {
      failed += 1;
      say(`group ${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    } finally {
      await closePools();
      await cluster.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  return failed > 0 ? 1 : 0;
}

function emit(line: BenchLine): void {
  const { name, value, unit, ratio = null, against = null, n = null } = line;
  process.stdout.write(
    `${JSON.stringify({ name, value: rounded(value), unit, ratio: ratio === null ? null : rounded(ratio), against, n })}\n`,
  );
}

/** Four digits say all that a measurement knows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}

// Whoever read the lines may leave first (`| head -1`); what was started is stopped all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.exit(await main(process.argv.slice(2)));
