import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { fillStore } from '#lib/cli/bench/fill-store.ts';
import { type BenchContext, type BenchGroup, median, sizeFrom } from '#lib/cli/bench/group.ts';
import { importMemory } from '#lib/cli/bench/import-memory.ts';
import { databasePid, processorSeconds, profileAppend } from '#lib/cli/bench/ingest-profile.ts';
import { sampleRecords } from '#lib/cli/bench/sample-records.ts';
import { startWeb } from '#lib/cli/bench/web-process.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { createServiceToken } from '#lib/staff/service-tokens.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const recordsPerRequest = 5_000;
const requestsAtOnce = 4;
const rounds = 3;
/** What a store takes in before its newest index pages are in memory, in rounds; each touches some third of those by chance. */
const warmRounds = 6;
/** Enough for a checkpoint and a vacuum of the database's own to fall into what is measured, as they do in a store in use. */
const steadyRounds = 18;

/** What the ingest door takes, beside what the database could take at most. */
export const benchIngest: BenchGroup = async (context) => {
  const token = await makeToken();
  if (context.wants('ingest.http-vs-copy')) await httpAgainstCopy(context, token);
  if (context.wants('ingest.profile'))
    await profileAppend(context, pool('ingest'), systemActor(tenantId, 'benchmark', ['events:write']));
  if (context.wants('ingest.full-vs-empty')) await fullAgainstEmpty(context, token);
  if (context.wants('ingest.import-rss-mb')) await importMemory(context);
};

/**
 * HTTP NDJSON to durable rows with their views, through the real web process, against a bare COPY of the very rows this made into
 * a table with the same columns and indexes. One after the other in each round; the middle round counts.
 */
async function httpAgainstCopy(context: BenchContext, token: string): Promise<void> {
  const count = sizeFrom('BENCH_EVENTS', 60_000);
  const web = await startWeb(context.url);
  const client = new pg.Client({ connectionString: context.url });
  await client.connect();
  try {
    await sendAll(web.url, token, makeBodies(20_000, 'warm'));
    await client.query('CREATE TABLE events_equal (LIKE events INCLUDING ALL)');
    const rates: { http: number; copy: number }[] = [];
    const used: { web: number; database: number; copy: number }[] = [];
    const cpu = () =>
      [web.process.pid ?? 0, databasePid(context.dataDir)].map((pid) => processorSeconds(pid) ?? Number.NaN);
    for (let round = 0; round < rounds; round += 1) {
      const prefix = `round${round}`;
      const bodies = makeBodies(count, prefix);
      const before = cpu();
      const http = count / (await secondsOf(() => sendAll(web.url, token, bodies)));
      const between = cpu();
      const copy = count / (await copySeconds(client, prefix, count));
      const after = cpu();
      const spent = (from: number[], until: number[], at: number) =>
        (((until[at] ?? 0) - (from[at] ?? 0)) * 1e6) / count;
      used.push({
        web: spent(before, between, 0),
        database: spent(before, between, 1),
        copy: spent(between, after, 1),
      });
      context.say(`round ${round + 1}: ${Math.round(http)} events/s over HTTP, ${Math.round(copy)} rows/s by COPY`);
      rates.push({ http, copy });
    }
    context.emit({
      name: 'ingest.http-vs-copy',
      value: median(rates.map(({ http }) => http)),
      unit: 'events/s',
      ratio: median(rates.map(({ http, copy }) => http / copy)),
      against: 'a bare COPY of the same rows into an equal table',
      n: count,
    });
    for (const part of ['web', 'database', 'copy'] as const) {
      const value = median(used.map((round) => round[part]));
      if (!Number.isNaN(value)) context.emit({ name: `ingest.processor.${part}`, value, unit: 'µs/event', n: count });
    }
  } finally {
    await client.end();
    await web.stop();
  }
}

/**
 * The same door before and after the store was filled (`BENCH_ROWS=20000000` for the size that the promise names), events coming in the
 * order they happen in. On both sides some rounds warm it up, a vacuum and a checkpoint follow, and the rate is that of all rounds after
 * them together; `cold` is the first one after filling.
 */
async function fullAgainstEmpty(context: BenchContext, token: string): Promise<void> {
  const rows = sizeFrom('BENCH_ROWS', 300_000);
  const count = sizeFrom('BENCH_EVENTS', 60_000);
  const web = await startWeb(context.url);
  const client = new pg.Client({ connectionString: context.url });
  await client.connect();
  const rate = async (name: string) => {
    let since = Date.now() - 60_000;
    const round = async (number: number) => {
      const now = Date.now();
      const bodies = makeBodies(count, `${name}${number}`, now - since);
      since = now;
      const seconds = await secondsOf(() => sendAll(web.url, token, bodies));
      context.say(`${name}, round ${number}: ${Math.round(count / seconds)} events/s`);
      return seconds;
    };
    const cold = await round(-warmRounds);
    for (let number = 1 - warmRounds; number < 0; number += 1) await round(number);
    // Both sides begin with the same behind them. What a checkpoint costs comes after it: every page touched goes into the log whole.
    for (const sql of ['VACUUM ANALYZE', 'CHECKPOINT']) await client.query(sql);
    let seconds = 0;
    for (let number = 0; number < steadyRounds; number += 1) seconds += await round(number);
    return { cold: count / cold, warm: (count * steadyRounds) / seconds };
  };
  try {
    const empty = await rate('empty');
    await fillStore(context.url, 0, rows, context.say);
    const full = await rate('full');
    const told = { unit: 'events/s', against: 'the same door before the store was filled', n: rows };
    context.emit({ name: 'ingest.full-vs-empty', value: full.warm, ratio: full.warm / empty.warm, ...told });
    context.emit({ name: 'ingest.full-vs-empty.cold', value: full.cold, ratio: full.cold / empty.warm, ...told });
  } finally {
    await client.end();
    await web.stop();
  }
}

async function copySeconds(client: pg.Client, prefix: string, count: number): Promise<number> {
  const chunks: Buffer[] = [];
  const rows = `SELECT * FROM events WHERE source_event_id LIKE '${prefix}-%'`;
  for await (const chunk of client.query(copyTo(`COPY (${rows}) TO STDOUT (FORMAT binary)`)))
    chunks.push(chunk as Buffer);
  await client.query('TRUNCATE events_equal');
  const seconds = await secondsOf(() =>
    pipeline(Readable.from(chunks), client.query(copyFrom('COPY events_equal FROM STDIN (FORMAT binary)'))),
  );
  const stored = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM events_equal');
  if (stored.rows[0]?.n !== count) throw new Error(`${stored.rows[0]?.n} of ${count} events were stored`);
  return seconds;
}

function makeBodies(count: number, prefix: string, spanMs = 86_400_000): Buffer[] {
  const bodies: Buffer[] = [];
  const lines: string[] = [];
  for (const record of sampleRecords({ count, people: 5_000, until: Date.now(), spanMs, prefix })) {
    lines.push(record);
    if (lines.length === recordsPerRequest) bodies.push(Buffer.from(`${lines.splice(0).join('\n')}\n`));
  }
  if (lines.length > 0) bodies.push(Buffer.from(`${lines.join('\n')}\n`));
  return bodies;
}

async function sendAll(url: string, token: string, bodies: readonly Buffer[]): Promise<void> {
  const waiting = [...bodies];
  const send = async () => {
    for (let body = waiting.shift(); body; body = waiting.shift()) {
      const response = await fetch(`${url}/api/v1/ingest/ocsf`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
        body: new Uint8Array(body),
      });
      const said = await response.text();
      if (response.status === 200) continue;
      // A sender that is asked to come again does; the wait counts.
      const again = Number(response.headers.get('retry-after'));
      if (![429, 503].includes(response.status) || !(again > 0))
        throw new Error(`the door answered ${response.status}: ${said}`);
      waiting.push(body);
      await setTimeout(again * 1000);
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, send));
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}

async function makeToken(): Promise<string> {
  const actor = systemActor(tenantId, 'benchmark', ['tokens:manage']);
  const made = await execute(pool('cli'), createServiceToken, actor, { name: 'benchmark', scopes: ['events:write'] });
  return made.token;
}
