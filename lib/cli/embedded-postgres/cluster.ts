import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { totalmem } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { findBinaries } from '#lib/cli/embedded-postgres/binaries.ts';
import { stopOrphan } from '#lib/cli/embedded-postgres/orphan.ts';
import { type RunAs, runAs } from '#lib/cli/embedded-postgres/unprivileged.ts';

export type Cluster = { url: string; port: number; pid: number; exited: Promise<void>; stop(): Promise<void> };

const user = 'gatehouse';
const database = 'gatehouse';

/**
 * Starts the PostgreSQL cluster of DATA_DIR, made at first use. Listens on the loopback interface only, on a free port, with a
 * random password kept in DATA_DIR/secrets (mode 0600). Recovers after a kill -9 by itself; commits are durable (fsync on).
 * @throws Error in plain words: another version's data, folders that cannot be entered, a server that does not come up
 */
export async function startCluster(options: { dataDir: string; port?: number }): Promise<Cluster> {
  const binaries = findBinaries();
  const directory = path.join(options.dataDir, 'postgres');
  mkdirSync(options.dataDir, { recursive: true });
  const as = runAs([path.dirname(binaries.postgres), options.dataDir]);
  const password = readPassword(options.dataDir);
  checkVersion(directory, binaries.version);
  await stopOrphan(directory);
  if (!existsSync(path.join(directory, 'PG_VERSION'))) initialise(directory, binaries.initdb, password, as);
  const port = options.port ?? (await freePort());
  const child = launch(binaries.postgres, directory, port, options.dataDir, as);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
  try {
    await waitUntilReady(url, child, exited);
  } catch (error) {
    child.kill('SIGQUIT');
    throw error;
  }
  return { url, port, pid: child.pid ?? 0, exited, stop: () => stop(child, exited) };
}

function readPassword(dataDir: string): string {
  const file = path.join(dataDir, 'secrets', 'postgres-password');
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  return readFileSync(file, 'utf8').trim();
}

function checkVersion(directory: string, ours: string): void {
  const file = path.join(directory, 'PG_VERSION');
  if (!existsSync(file)) return;
  const theirs = readFileSync(file, 'utf8').trim();
  if (theirs === ours) return;
  throw new Error(
    `The data in ${directory} was made by PostgreSQL ${theirs}; this Gatehouse brings PostgreSQL ${ours}. Nothing was touched. ` +
      `Export with the older version and import here, run that PostgreSQL yourself and set DATABASE_URL, or start with another DATA_DIR.`,
  );
}

/** Made beside its place and renamed when whole, so that an interrupted first start leaves no half cluster. */
function initialise(directory: string, initdb: string, password: string, as: RunAs): void {
  const fresh = `${directory}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  const passwordFile = `${directory}.pw`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (as.uid !== null) {
    chownSync(fresh, as.uid, as.gid ?? as.uid);
    chownSync(passwordFile, as.uid, as.gid ?? as.uid);
  }
  const flags = [
    '-D',
    fresh,
    '-U',
    user,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
  ];
  const { file, args } = as.wrap(initdb, flags);
  const made = spawnSync(file, args, { cwd: fresh, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } });
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(
      `The database could not be made in ${directory}: ${(made.stderr || made.error?.message || '').trim().slice(-600)}`,
    );
  }
  renameSync(fresh, directory);
}

function launch(postgres: string, directory: string, port: number, dataDir: string, as: RunAs): ChildProcess {
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 60,
    shared_buffers: `${sharedMegabytes()}MB`,
    effective_cache_size: '1GB',
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    // Fewer checkpoints: each makes every page that is touched after it go into the log whole. What is kept of the log is read after a crash.
    max_wal_size: `${Math.max(4_096, 2 * sharedMegabytes())}MB`,
    // Room for what four batches write at once; in the 16 MB that are usual they wait for each other's writing.
    wal_buffers: `${Math.max(16, Math.min(64, Math.floor(sharedMegabytes() / 32)))}MB`,
    checkpoint_timeout: '15min',
    checkpoint_completion_target: 0.9,
    // A search that names no time locks every month's indexes, three thousand in a large store's three years; `doctor` looks at it.
    max_locks_per_transaction: 1024,
    random_page_cost: 1.1,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    restart_after_crash: 'on',
    jit: 'off',
  };
  const flags = ['-D', directory, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const { file, args } = as.wrap(postgres, flags);
  mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
  const logFile = path.join(dataDir, 'logs', 'postgres.log');
  if (existsSync(logFile) && statSync(logFile).size > 10_000_000) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a');
  // Its own process group: a Ctrl-C in the terminal is for the supervisor, which stops the database last.
  const child = spawn(file, args, {
    cwd: directory,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  closeSync(log);
  return child;
}

/** An eighth of the memory one may use, within bounds: a store of millions of events has the index pages of its newest rows there. */
function sharedMegabytes(): number {
  // A container may be allowed less than its machine has.
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.max(128, Math.min(3_072, Math.floor(memory / 8 / 1_048_576)));
}

async function waitUntilReady(url: string, child: ChildProcess, exited: Promise<void>): Promise<void> {
  const admin = new URL(url);
  admin.pathname = '/postgres';
  let dead = false;
  void exited.then(() => {
    dead = true;
  });
  let deadline = Date.now() + 60_000;
  for (;;) {
    if (dead)
      throw new Error(
        `The database server ended at start (code ${child.exitCode ?? child.signalCode}). Its log is DATA_DIR/logs/postgres.log.`,
      );
    const client = new pg.Client({ connectionString: admin.toString(), connectionTimeoutMillis: 2_000 });
    try {
      await client.connect();
      const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
      return;
    } catch (error) {
      // 57P03: it is up and reads its log after a crash, which takes as long as there is log; to stop it now would only begin that anew.
      if (error instanceof pg.DatabaseError && error.code === '57P03') deadline = Date.now() + 60_000;
      if (Date.now() > deadline)
        throw new Error(`The database did not come up within 60 s: ${error instanceof Error ? error.message : error}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // Fast shutdown first; immediate after 4 s, which recovers from the log at the next start.
  child.kill('SIGINT');
  const hurry = setTimeout(() => child.kill('SIGQUIT'), 4_000);
  await exited;
  clearTimeout(hurry);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
