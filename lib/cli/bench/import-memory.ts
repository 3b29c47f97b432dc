import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type BenchContext, sizeFrom } from '#lib/cli/bench/group.ts';
import { sampleRecords } from '#lib/cli/bench/sample-records.ts';
import { residentBytes, startWeb, startWorker } from '#lib/cli/bench/web-process.ts';

const megabyte = 1024 * 1024;
const limitMegabytes = 800;
const sayEveryMs = 30_000;

/**
 * Imports a file by the command line while web and worker are up and detect, and watches their resident memory.
 * `BENCH_IMPORT=5000000` for the size that the promise names.
 */
export async function importMemory(context: BenchContext): Promise<void> {
  const count = sizeFrom('BENCH_IMPORT', 100_000);
  const file = path.join(context.dataDir, 'import.ndjson');
  const records = sampleRecords({
    count,
    people: 20_000,
    until: Date.now(),
    spanMs: 30 * 86_400_000,
    prefix: 'import',
  });
  await pipeline(Readable.from(lines(records)), createWriteStream(file));
  const [web, worker] = [await startWeb(context.url), await startWorker(context.url)];
  const peak = { desk: 0, own: 0 };
  const saying = setInterval(() => {
    const [webMb, workerMb] = [web, worker].map(({ process: { pid } }) => Math.round(residentBytes(pid) / megabyte));
    context.say(
      `resident: web ${webMb} MB, worker ${workerMb} MB; at most ${Math.round(peak.desk / megabyte)} MB together`,
    );
  }, sayEveryMs);
  try {
    const from = performance.now();
    const importing = spawn(
      process.execPath,
      [path.resolve(import.meta.dirname, '../main.ts'), 'import', file, '--provider', 'ocsf', '--json'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let summary = '';
    importing.stdout.on('data', (chunk) => {
      summary += chunk;
    });
    const watching = setInterval(() => {
      peak.desk = Math.max(peak.desk, residentBytes(web.process.pid) + residentBytes(worker.process.pid));
      peak.own = Math.max(peak.own, residentBytes(importing.pid));
    }, 200);
    await new Promise((resolve) => importing.once('close', resolve));
    clearInterval(watching);
    const seconds = (performance.now() - from) / 1000;
    const { stored } = JSON.parse(summary) as { stored: number };
    if (stored !== count) throw new Error(`${stored} of ${count} records were stored`);
    const against = `a limit of ${limitMegabytes} MB`;
    const of = (bytes: number) => ({
      value: bytes / megabyte,
      unit: 'MB',
      ratio: bytes / megabyte / limitMegabytes,
      against,
      n: count,
    });
    context.emit({ name: 'ingest.import-rss-mb', ...of(peak.desk) });
    context.emit({ name: 'ingest.import-own-rss-mb', ...of(peak.own) });
    context.emit({ name: 'ingest.import-rate', value: count / seconds, unit: 'events/s', n: count });
  } finally {
    clearInterval(saying);
    await worker.stop();
    await web.stop();
  }
}

function* lines(records: Iterable<string>): Generator<string> {
  for (const record of records) yield `${record}\n`;
}
