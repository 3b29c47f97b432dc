import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchContext } from '#lib/cli/bench/group.ts';
import { sampleRecords } from '#lib/cli/bench/sample-records.ts';
import { appendBatchMax, appendRecords } from '#lib/events/append.ts';
import { openProvider } from '#lib/events/providers.ts';
import { readRecord } from '#lib/events/read-record.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { openCityDatabase } from '#lib/kernel/geo/city-database.ts';
import { cityDatabaseFile } from '#lib/kernel/geo/city-database-file.ts';

/** Linux counts processor time in hundredths of a second, whatever the kernel was built with (USER_HZ). */
const ticksPerSecond = 100;

/** Processor seconds of a process and of everything it started, by the kernel; `null` where there is no /proc. */
export function processorSeconds(pid: number): number | null {
  try {
    const fields = statOf(pid);
    // utime, stime, and those of children that ended.
    let ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    for (const child of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const of = statOf(Number(child), true);
      if (Number(of[1]) === pid) ticks += Number(of[11]) + Number(of[12]);
    }
    return ticks / ticksPerSecond;
  } catch {
    return null;
  }
}

/** The fields of /proc/PID/stat from the state on: the name before it may hold anything. */
function statOf(pid: number, mayBeGone = false): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (mayBeGone) return [];
    throw error;
  }
}

/** The server of the bench's own database. */
export function databasePid(dataDir: string): number {
  return Number(readFileSync(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/**
 * Where an event's time goes: the same records through the same code on one connection, in microseconds an event. `split` finds the
 * records in the body, `read` checks and maps them, a statement by its name is the wait for the server, `rest` is what is left:
 * places, folding, encoding, commit.
 */
export async function profileAppend(context: BenchContext, database: Database, actor: Actor): Promise<void> {
  const count = 20 * appendBatchMax;
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  const places = openCityDatabase(cityDatabaseFile());
  const spent = new Map<string, number>();
  const add = (part: string, from: number) => spent.set(part, (spent.get(part) ?? 0) + performance.now() - from);
  const timed: Database = {
    ...database,
    bulkInTenant: (tenantId, work) =>
      database.bulkInTenant(tenantId, (run) =>
        work(async (statement, name) => {
          const from = performance.now();
          try {
            return await run(statement, name);
          } finally {
            add(`statement.${name ?? 'unnamed'}`, from);
          }
        }),
      ),
  };
  const lines = [...sampleRecords({ count, people: 5_000, until: Date.now(), spanMs: 86_400_000, prefix: 'profile' })];
  const input = {
    database: timed,
    tenantId: actor.tenantId,
    provider,
    definition,
    findPlace: places.find,
    receivedAt: new Date(),
  };
  for (let from = 0; from < count; from += appendBatchMax) {
    const body = Buffer.from(`${lines.slice(from, from + appendBatchMax).join('\n')}\n`);
    const start = performance.now();
    const records = splitRecords(body, true);
    add('split', start);
    const begun = performance.now();
    for (const record of records) readRecord(record, definition);
    add('read', begun);
    // Reads once more; what it takes for that is the part above.
    const appending = performance.now();
    await appendRecords(input, records);
    add('append', appending);
  }
  const of = (part: string) => spent.get(part) ?? 0;
  const whole = of('split') + of('append');
  const statements = [...spent].filter(([part]) => part.startsWith('statement.'));
  const waited = statements.reduce((sum, [, milliseconds]) => sum + milliseconds, 0);
  const parts: [string, number][] = [
    ['split', of('split')],
    ['read', of('read')],
    ...statements,
    ['rest', of('append') - of('read') - waited],
  ];
  for (const [part, milliseconds] of parts)
    context.emit({
      name: `ingest.profile.${part}`,
      value: (milliseconds * 1_000) / count,
      unit: 'µs/event',
      ratio: milliseconds / whole,
      against: 'all of an event appended on one connection',
      n: count,
    });
}
