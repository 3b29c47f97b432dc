import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleRecords } from '#lib/cli/bench/sample-records.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { type Counts, ingestStream } from '#lib/events/ingest-stream.ts';
import { openProvider } from '#lib/events/providers.ts';
import { checkViews } from '#lib/events/rebuild-views.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 2, statementTimeoutMs: 20_000 });
});
afterAll(async () => {
  await database.close();
  await made.close();
});

const linesOf = (prefix: string, count: number) =>
  [...sampleRecords({ count, people: 20, until: Date.now(), spanMs: 3_600_000, prefix })].join('\n');
async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}
async function ingest(bytes: Buffer, onProgress: (total: Counts) => void = () => undefined): Promise<Counts> {
  const { provider, definition } = await openProvider(database, systemActor(tenantId, 'test'), 'ocsf');
  const context = { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: () => new Date() };
  return ingestStream(context, inPieces(bytes), { onProgress });
}
const stored = async (prefix: string) =>
  (
    await asOwner<{ n: number }>(made.url, 'SELECT count(*)::int AS n FROM events WHERE source_event_id LIKE $1', [
      `${prefix}-%`,
    ])
  )[0]?.n;

test('two batches at once count and store as one after the other, the same people and sessions in both', async () => {
  const told: number[] = [];
  const records = linesOf('whole', 7_000);
  const body = Buffer.from(`${records}\n{"broken":\n${records.slice(0, records.indexOf('\n'))}\n`);
  expect(await ingest(body, ({ read }) => told.push(read))).toEqual({
    read: 7_002,
    stored: 7_000,
    duplicate: 1,
    quarantined: 1,
  });
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(7_002);
  expect(await stored('whole')).toBe(7_000);
  const views = await database.inTenant(tenantId, (tx) => checkViews(tx, tenantId));
  expect(views.filter(({ different }) => different > 0)).toEqual([]);
  expect(views.length).toBeGreaterThan(0);
});

test('a file that breaks off is refused with what was told being stored, and nothing goes on behind', async () => {
  let told = 0;
  const whole = gzipSync(linesOf('cut', 9_000));
  const cut = ingest(whole.subarray(0, Math.floor(whole.length * 0.8)), ({ read }) => {
    told = read;
  });
  await expect(cut).rejects.toMatchObject({ code: 'bad_request' });
  expect(told).toBeGreaterThan(0);
  expect(await stored('cut')).toBe(told);
  expect(await ingest(whole)).toMatchObject({ read: 9_000, stored: 9_000 - told, duplicate: told });
});
