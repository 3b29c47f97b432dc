import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { deskFolder, postmasterPid, refusedStart, startDesk } from '#lib/cli/checks/real-desk.ts';
import { startCluster } from '#lib/cli/embedded-postgres/cluster.ts';
import { isAlive, startOf } from '#lib/cli/embedded-postgres/orphan.ts';
import { DirectoryInUse, readRuntime, takeDirectory } from '#lib/cli/supervisor/lock.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';

const folders: ReturnType<typeof deskFolder>[] = [];
function newFolder(): string {
  const folder = deskFolder();
  folders.push(folder);
  return folder.dataDir;
}
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

describe('the folder', () => {
  test('belongs to one process at a time', () => {
    const dataDir = newFolder();
    const held = takeDirectory(dataDir, 'supervisor', 'http://localhost:3000');
    expect(() => takeDirectory(dataDir, 'command', null)).toThrow(DirectoryInUse);
    expect(() => takeDirectory(dataDir, 'command', null)).toThrow(
      /already runs .* as pid \d+ at http:\/\/localhost:3000/,
    );
    held.release();
    takeDirectory(dataDir, 'command', null).release();
  });

  test.each([
    ['whose pid was given to another process', { pid: process.pid, startedAt: 'Thu Jan  1 00:00:00 1970' }],
    ['whose process is gone', { pid: 2 ** 22 - 1, startedAt: startOf(process.pid) }],
  ])('is taken over from a stale lock %s, and that process is left alone', (_what, stale) => {
    const dataDir = newFolder();
    const children = [{ name: 'web', ...stale }];
    writeFileSync(path.join(dataDir, 'runtime.json'), JSON.stringify({ ...stale, role: 'supervisor', children }));
    const held = takeDirectory(dataDir, 'supervisor', null);
    expect(readRuntime(dataDir)).toMatchObject({ alive: true, runtime: { pid: process.pid } });
    held.release();
  });

  test('is taken over from a lock that was cut off while it was written', () => {
    const dataDir = newFolder();
    writeFileSync(path.join(dataDir, 'runtime.json'), '{"pid": 12');
    takeDirectory(dataDir, 'supervisor', null).release();
  });
});

describe('the database', () => {
  test('of another PostgreSQL version is named and not touched', async () => {
    const dataDir = newFolder();
    mkdirSync(path.join(dataDir, 'postgres'));
    writeFileSync(path.join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
    await expect(startCluster({ dataDir })).rejects.toThrow(
      /made by PostgreSQL 17; this Gatehouse brings PostgreSQL 18\. Nothing was touched/,
    );
    expect(readFileSync(path.join(dataDir, 'postgres', 'PG_VERSION'), 'utf8')).toBe('17\n');
    const { code, said } = await refusedStart({ DATA_DIR: dataDir, PORT: '39997' });
    expect({ code, said }).toMatchObject({ code: 1, said: expect.stringContaining('made by PostgreSQL 17') });
    expect(existsSync(path.join(dataDir, 'runtime.json'))).toBe(false);
  }, 60_000);

  test('starts over a lock file that a crash left, and over a server that still runs', async () => {
    const dataDir = newFolder();
    const first = await startCluster({ dataDir });
    await asOwner(first.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    // The first one still runs: what a killed supervisor leaves behind.
    const second = await startCluster({ dataDir });
    expect(isAlive(first.pid)).toBe(false);
    process.kill(second.pid, 'SIGKILL');
    await second.exited;
    expect(postmasterPid(dataDir)).toBeGreaterThan(0);
    const third = await startCluster({ dataDir });
    try {
      expect(await asOwner(third.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    } finally {
      await third.stop();
    }
    expect(postmasterPid(dataDir)).toBe(0);
  }, 120_000);
});

describe('the supervisor', () => {
  test('names a port that is taken and starts nothing', async () => {
    const dataDir = newFolder();
    const other = net.createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, '127.0.0.1', () => resolve((other.address() as net.AddressInfo).port)),
    );
    const { code, said } = await refusedStart({ DATA_DIR: dataDir, PORT: String(port) });
    other.close();
    expect({ code, said }).toMatchObject({
      code: 1,
      said: expect.stringContaining(`Port ${port} on 127.0.0.1 is taken by another program`),
    });
    expect(existsSync(path.join(dataDir, 'postgres'))).toBe(false);
  }, 60_000);

  test('refuses a second one on its folder; at SIGTERM stops web, worker and database in this order and leaves nothing', async () => {
    const dataDir = newFolder();
    const desk = await startDesk(dataDir);
    const pids = Object.values(desk.pids());
    expect(pids.every(isAlive)).toBe(true);
    const second = await refusedStart({ DATA_DIR: dataDir, PORT: String(desk.port + 1) });
    expect(second).toMatchObject({ code: 1, said: expect.stringContaining(`already runs on ${dataDir}`) });
    expect(pids.every(isAlive)).toBe(true);

    expect(await desk.stop()).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(desk.said().match(/(web|worker|the database) stopped/g)).toEqual([
      'web stopped',
      'worker stopped',
      'the database stopped',
    ]);
    expect(existsSync(path.join(dataDir, 'runtime.json'))).toBe(false);
    // Shut down, not merely ended: the next start has nothing to recover.
    expect(readFileSync(path.join(dataDir, 'logs', 'postgres.log'), 'utf8')).not.toContain('was interrupted');
    expect(postmasterPid(dataDir)).toBe(0);
  }, 180_000);
});
