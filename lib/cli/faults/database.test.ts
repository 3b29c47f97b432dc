import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { goodRecord, mainTenant } from '#lib/cli/faults/fault-desk.ts';
import { tcpProxy } from '#lib/cli/faults/tcp-proxy.ts';
import { keepDatabase } from '#lib/cli/supervisor/database.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { checkViews } from '#lib/events/rebuild-views.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase, Prisma } from '#lib/kernel/db/database.ts';
import { migrate } from '#lib/kernel/db/migrate.ts';
import { closePools, pool, poolProfiles } from '#lib/kernel/db/pools.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { isDatabaseAway } from '#lib/kernel/errors.ts';

const actor = systemActor(mainTenant, 'test');
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
}, 60_000);

async function ownDatabase() {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'gatehouse-faults-'));
  const kept = await keepDatabase(dataDir, () => undefined);
  cleanups.push(async () => {
    await kept.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  await migrate(kept.url);
  return kept;
}
function open(url: string, connections = 4, statementTimeoutMs = 4_000): Database {
  const database = openDatabase({ url, name: 'faults', connections, statementTimeoutMs });
  cleanups.push(() => database.close());
  return database;
}
async function append(database: Database, ids: readonly string[]): Promise<number> {
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  const context = {
    database,
    tenantId: mainTenant,
    provider,
    definition,
    findPlace: () => nowhere,
    receivedAt: new Date(),
  };
  return (await appendRecords(context, splitRecords(Buffer.from(ids.map(goodRecord).join('\n'))))).stored;
}
const storedIds = async (url: string) =>
  (await asOwner<{ id: string }>(url, 'SELECT source_event_id AS id FROM events')).map(({ id }) => id);
const answers = (url: string) =>
  expect.poll(
    () =>
      asOwner(url, 'SELECT 1').then(
        () => true,
        () => false,
      ),
    { timeout: 60_000, interval: 200 },
  );

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('the database falls', () => {
  // Long runs: FAULT_CRASHES=400 FAULT_SEED=7 npm test
  const crashes = Number(process.env.FAULT_CRASHES ?? 4);
  const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

  test(`[F03] [F14] over and over, backends, checkpointer and server, in every manner (seed ${seed}): acknowledged is stored, once`, async () => {
    const random = randomFrom(seed);
    const kept = await ownDatabase();
    const database = open(kept.url);
    const acknowledged = new Set<string>();
    let failures = 0;
    let stopping = false;
    const send = async (sender: number) => {
      for (let batch = 0; !stopping; batch += 1) {
        const ids = Array.from({ length: 20 }, (_id, at) => `crash-${sender}-${batch}-${at}`);
        for (let isIn = false; !isIn; ) {
          try {
            await append(database, ids);
            isIn = true;
          } catch (error) {
            expect(isDatabaseAway(error), String(error)).toBe(true);
            failures += 1;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }
        for (const id of ids) acknowledged.add(id);
      }
    };
    const senders = [send(0), send(1), send(2)];
    const timeline: string[] = [];
    for (let crash = 0; crash < crashes; crash += 1) {
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size, { timeout: 60_000 }).toBeGreaterThan(before + 60);
      timeline.push(await strike(kept, random()));
    }
    const last = acknowledged.size;
    await expect.poll(() => acknowledged.size, { timeout: 60_000 }).toBeGreaterThan(last + 60);
    stopping = true;
    await Promise.all(senders);

    expect(failures, `nothing was hit: ${timeline.join(', ')}`).toBeGreaterThan(0);
    const stored = await storedIds(kept.url);
    expect(new Set(stored).size, timeline.join(', ')).toBe(stored.length);
    expect(
      [...acknowledged].filter((id) => !stored.includes(id)),
      timeline.join(', '),
    ).toEqual([]);
    const verdicts = await database.inTenant(mainTenant, (tx) => checkViews(tx, mainTenant));
    expect(verdicts.filter(({ different }) => different > 0)).toEqual([]);
  }, 600_000);

  /** Kills a backend, the checkpointer or the server itself (as a crash, at once, or in haste), by chance. */
  async function strike(kept: { url: string; pid(): number }, chance: number): Promise<string> {
    const pidOf = async (kind: string) => {
      const rows = await asOwner<{ pid: number }>(
        kept.url,
        "SELECT pid FROM pg_stat_activity WHERE backend_type = $1 AND pid <> pg_backend_pid() AND COALESCE(application_name, '') <> '' OR backend_type = $1 AND $1 <> 'client backend'",
        [kind],
      );
      return rows[0]?.pid ?? kept.pid();
    };
    const [what, pid, signal] =
      chance < 0.35
        ? (['a backend', await pidOf('client backend'), 'SIGKILL'] as const)
        : chance < 0.55
          ? (['the checkpointer', await pidOf('checkpointer'), 'SIGKILL'] as const)
          : chance < 0.75
            ? (['the server', kept.pid(), 'SIGKILL'] as const)
            : chance < 0.9
              ? (['the server', kept.pid(), 'SIGQUIT'] as const)
              : (['the server', kept.pid(), 'SIGINT'] as const);
    process.kill(pid, signal);
    return `${signal} to ${what}`;
  }

  test('[F13] a network that went dead: an error instead of a hang, and it heals by itself', async () => {
    const kept = await ownDatabase();
    const proxy = await tcpProxy({ host: '127.0.0.1', port: kept.port });
    cleanups.push(() => proxy.close());
    const url = new URL(kept.url);
    url.port = String(proxy.port);
    const database = open(url.toString(), 2, 2_000);
    expect(await append(database, ['before'])).toBe(1);
    proxy.setMode('blackhole');
    const since = Date.now();
    const error = await append(database, ['during']).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isDatabaseAway(error), String(error)).toBe(true);
    expect(Date.now() - since).toBeLessThan(5_000);
    expect(proxy.swallowed()).toBeGreaterThan(0);
    proxy.setMode('pass');
    await expect
      .poll(
        () =>
          append(database, ['after']).then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
    expect((await storedIds(kept.url)).filter((id) => id !== 'during').sort()).toEqual(['after', 'before']);
  }, 120_000);

  describe('[F15] the pools of a desk', () => {
    const other = '01900000-0000-7000-8000-000000000002';
    const slowly = 'SELECT 1 FROM pg_sleep(3)';
    type Slow = Promise<'slow'>;
    const race = async (slow: Slow[], quick: Promise<unknown>) => {
      const first = await Promise.race([...slow, quick.then(() => 'quick')]);
      expect(first).toBe('quick');
      await Promise.all(slow);
    };
    /** The desk's own pools on a database of its own, as web opens them. */
    async function deskPools() {
      const kept = await ownDatabase();
      vi.stubEnv('DATABASE_URL', kept.url);
      cleanups.push(async () => {
        await closePools();
        vi.unstubAllEnvs();
      });
      return { desk: pool('desk'), ingest: pool('ingest') };
    }

    test('slow reports that take every connection of the desk leave the ingest door alone', async () => {
      const { desk, ingest } = await deskPools();
      await append(ingest, ['first']);
      const slow = Array.from(
        { length: poolProfiles.desk.connections },
        (_, at): Slow =>
          desk.inTenant(at % 2 === 0 ? mainTenant : other, (tx) => tx.$queryRaw(Prisma.raw(slowly))).then(() => 'slow'),
      );
      await race(slow, append(ingest, ['beside']));
    }, 60_000);

    test('slow reports of one tenant leave a connection to the next', async () => {
      const { desk } = await deskPools();
      await desk.inTenant(other, (tx) => tx.$queryRaw`SELECT 1`);
      const slow = Array.from(
        { length: poolProfiles.desk.connections },
        (): Slow =>
          desk
            .inTenant(mainTenant, (tx) => tx.$queryRaw(Prisma.raw(slowly)))
            .then(
              () => 'slow',
              () => 'slow',
            ),
      );
      await race(
        slow,
        desk.inTenant(other, (tx) => tx.$queryRaw`SELECT 1`),
      );
    }, 60_000);

    test('[F12] batches that take every connection leave those alone that ask who sends, and for which provider', async () => {
      const { ingest } = await deskPools();
      await openProvider(ingest, actor, 'ocsf');
      const slow = Array.from(
        { length: poolProfiles.ingest.batchConnections },
        (): Slow => ingest.bulkInTenant(mainTenant, (run) => run(Prisma.raw(slowly))).then(() => 'slow'),
      );
      await race(slow, openProvider(ingest, actor, 'ocsf'));
    }, 60_000);
  });

  const canTrace = spawnSync('strace', ['-V']).status === 0 && process.getuid?.() === 0;
  test.skipIf(!canTrace)(
    '[F04] a disk that fails to sync: nothing acknowledged is lost, the repeat is safe',
    async () => {
      const kept = await ownDatabase();
      const database = open(kept.url, 1);
      expect(await append(database, ['before'])).toBe(1);
      const [backend] = await asOwner<{ pid: number }>(
        kept.url,
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'gatehouse-faults'",
      );
      const seen = path.join(tmpdir(), `gatehouse-eio-${backend?.pid}`);
      cleanups.push(async () => rmSync(seen, { force: true }));
      const trace = spawn(
        'strace',
        ['-p', String(backend?.pid), '-e', 'inject=fdatasync,fsync:error=EIO', '-o', seen],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      const stopped = new Promise((resolve) => trace.once('exit', resolve));
      await new Promise<void>((resolve) => trace.stderr?.once('data', () => resolve()));
      const outcome = await append(database, ['during']).then(
        (stored) => stored,
        (error: unknown) => error,
      );
      trace.kill('SIGINT');
      await stopped;
      expect(readFileSync(seen, 'utf8'), 'no sync failed: the fault was never there').toContain('(INJECTED)');
      // Either it was refused, or the server recovered and a repeat was what came through: never a false yes.
      if (typeof outcome !== 'number') expect(isDatabaseAway(outcome), String(outcome)).toBe(true);
      await answers(kept.url).toBe(true);
      await expect
        .poll(
          () =>
            append(database, ['during']).then(
              () => true,
              () => false,
            ),
          { timeout: 60_000 },
        )
        .toBe(true);
      expect((await storedIds(kept.url)).sort()).toEqual(['before', 'during']);
    },
    120_000,
  );

  const canMount =
    process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;
  test.skipIf(!canMount)(
    '[F05] a full disk: refused while it lasts, works again without a restart',
    async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-full-'));
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=190m,mode=0755', 'tmpfs', folder]).status !== 0)
        return void rmSync(folder, { recursive: true });
      cleanups.push(async () => void spawnSync('umount', ['-l', folder]));
      const kept = await keepDatabase(folder, () => undefined);
      cleanups.push(() => kept.stop());
      await migrate(kept.url);
      const database = open(kept.url);
      expect(await append(database, ['before'])).toBe(1);
      const filler = path.join(folder, 'filler');
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M']);
      const acknowledged: string[] = ['before'];
      let refused: unknown = null;
      for (let batch = 0; batch < 400 && refused === null; batch += 1) {
        const ids = Array.from({ length: 500 }, (_id, at) => `full-${batch}-${at}`);
        await append(database, ids).then(
          () => acknowledged.push(...ids),
          (error: unknown) => {
            refused = error;
          },
        );
      }
      expect(isDatabaseAway(refused), String(refused)).toBe(true);
      rmSync(filler);
      await expect
        .poll(
          () =>
            append(database, ['after']).then(
              () => true,
              () => false,
            ),
          { timeout: 60_000 },
        )
        .toBe(true);
      const stored = new Set(await storedIds(kept.url));
      expect([...acknowledged, 'after'].filter((id) => !stored.has(id))).toEqual([]);
    },
    180_000,
  );
});
