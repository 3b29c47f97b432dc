import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleRecords } from '#lib/cli/bench/sample-records.ts';
import { acknowledgingSender } from '#lib/cli/checks/acknowledging-sender.ts';
import { deskFolder, killNow, type RealDesk, startDesk } from '#lib/cli/checks/real-desk.ts';
import { isAlive } from '#lib/cli/embedded-postgres/orphan.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';

const folder = deskFolder();
const perBatch = 250;
const batchCount = 32;
let desk: RealDesk;
let token: string;

beforeAll(async () => {
  desk = await startDesk(folder.dataDir);
  token = await desk.gatehouse('token', 'create', 'crash-test', '--scope', 'events:write');
}, 180_000);
afterAll(async () => {
  await desk?.stop();
  folder.remove();
}, 60_000);

const records = [
  ...sampleRecords({
    count: perBatch * batchCount,
    people: 300,
    until: Date.now(),
    spanMs: 3_600_000,
    prefix: 'crash',
  }),
];
const batches = Array.from({ length: batchCount }, (_, at) => {
  const lines = records.slice(at * perBatch, (at + 1) * perBatch);
  return { ids: lines.map((_line, index) => `crash-${at * perBatch + index}`), body: lines.join('\n') };
});

describe('[F01] [F02] [F03] [F14] killing processes while events come in', () => {
  test('no acknowledged event is lost and none is doubled', async () => {
    const before = desk.pids();
    const sender = acknowledgingSender({
      url: `${desk.url}/api/v1/ingest/ocsf`,
      token,
      batches,
      atOnce: 3,
      giveUpMs: 120_000,
    });
    // Each falls once a quarter of the batches is in; the others are on their way just then.
    const victims = ['web', 'worker', 'database'] as const;
    const kills: Promise<void>[] = [];
    await sender.sendAll((taken) => {
      const victim = victims[taken / (batchCount / 4) - 1];
      if (victim) kills.push(killNow(desk.pids()[victim]));
    });
    await Promise.all(kills);
    expect(kills).toHaveLength(3);
    await expect.poll(() => victims.every((name) => isAlive(desk.pids()[name])), { timeout: 60_000 }).toBe(true);
    expect(victims.filter((name) => desk.pids()[name] === before[name])).toEqual([]);
    // A run in which nobody noticed anything would prove nothing.
    expect([...sender.refused.values()].reduce((sum, each) => sum + each, 0)).toBeGreaterThan(0);

    expect(sender.acknowledged.size).toBe(records.length);
    const stored = await storedIds();
    expect(stored).toHaveLength(records.length);
    expect(new Set(stored)).toEqual(sender.acknowledged);
  }, 300_000);

  test('importing the same again stores nothing, and the counts add up', async () => {
    const file = path.join(folder.dataDir, 'again.ndjson');
    writeFileSync(file, `${records.join('\n')}\n{"broken":\n`);
    const summary = JSON.parse(await desk.gatehouse('import', file, '--provider', 'ocsf', '--json')) as Record<
      string,
      number
    >;
    expect(summary).toEqual({ read: records.length + 1, stored: 0, duplicate: records.length, quarantined: 1 });
    expect(await storedIds()).toHaveLength(records.length);
  }, 120_000);

  test('a supervisor that was killed leaves nothing behind that the next start trips over', async () => {
    const old = desk.pids();
    const oldDesk = desk;
    const gone = new Promise((resolve) => oldDesk.supervisor.once('exit', resolve));
    oldDesk.supervisor.kill('SIGKILL');
    await gone;
    desk = await startDesk(folder.dataDir);
    expect(Object.values(old).filter(isAlive)).toEqual([]);
    expect(await storedIds()).toHaveLength(records.length);
    expect((await fetch(`${desk.url}/api/ready`)).status).toBe(200);
  }, 180_000);
});

async function storedIds(): Promise<string[]> {
  const rows = await asOwner<{ id: string }>(desk.databaseUrl(), 'SELECT source_event_id AS id FROM events');
  return rows.map(({ id }) => id);
}
