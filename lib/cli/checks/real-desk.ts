import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '#lib/cli/bench/web-process.ts';
import { isAlive } from '#lib/cli/embedded-postgres/orphan.ts';
import type { Runtime } from '#lib/cli/supervisor/lock.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** A whole desk for a test: the real supervisor with database, web and worker on a folder and a port of its own. */
export type RealDesk = {
  url: string;
  dataDir: string;
  port: number;
  supervisor: ChildProcess;
  /** What the supervisor wrote on either stream so far. */
  said(): string;
  /** Who runs now: `database`, `web`, `worker`. */
  pids(): Record<'database' | 'web' | 'worker', number>;
  databaseUrl(): string;
  gatehouse(...args: string[]): Promise<string>;
  /** Ends the supervisor (SIGTERM) and resolves with its exit code. */
  stop(): Promise<number | null>;
};

/** A folder for desks that is gone after the test. */
export function deskFolder(): { dataDir: string; remove(): void } {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'gatehouse-desk-'));
  return { dataDir, remove: () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }) };
}

/** Starts a desk and resolves when it answers. @throws Error with everything it said, when it ends at start */
export async function startDesk(
  dataDir: string,
  env: Record<string, string> = {},
  mode: 'start' | 'demo' = 'start',
): Promise<RealDesk> {
  if (!existsSync(path.join(root, '.next', 'BUILD_ID'))) throw new Error('The desk is not built; npm test builds it.');
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const all = {
    ...process.env,
    DATA_DIR: dataDir,
    PORT: String(port),
    HOST: '127.0.0.1',
    GATEHOUSE_URL: url,
    DATABASE_URL: '',
    ...env,
  };
  const { supervisor, said } = spawnSupervisor(all, mode);
  const runtime = () => JSON.parse(readFileSync(path.join(dataDir, 'runtime.json'), 'utf8')) as Runtime;
  await new Promise<void>((resolve, reject) => {
    supervisor.stdout?.on('data', () => {
      if (said().includes('Gatehouse is ready')) resolve();
    });
    supervisor.once('exit', (code) => reject(new Error(`the desk ended at start with ${code}: ${said()}`)));
  });
  return {
    url,
    dataDir,
    port,
    supervisor,
    said,
    pids() {
      const pidOf = (name: string) => runtime().children.find((child) => child.name === name)?.pid ?? 0;
      return { database: postmasterPid(dataDir), web: pidOf('web'), worker: pidOf('worker') };
    },
    databaseUrl() {
      const password = readFileSync(path.join(dataDir, 'secrets', 'postgres-password'), 'utf8').trim();
      return `postgresql://gatehouse:${password}@127.0.0.1:${runtime().databasePort}/gatehouse`;
    },
    gatehouse: async (...args) =>
      (
        await run(process.execPath, [path.join(root, 'lib/cli/main.ts'), ...args], {
          cwd: root,
          env: all,
          maxBuffer: 64 * 1024 * 1024,
        })
      ).stdout.trim(),
    async stop() {
      if (supervisor.exitCode !== null || supervisor.signalCode !== null) return supervisor.exitCode;
      const gone = new Promise<number | null>((resolve) => supervisor.once('exit', (code) => resolve(code)));
      supervisor.kill('SIGTERM');
      return gone;
    },
  };
}

/** Runs a supervisor that is meant to refuse; resolves with its exit code and words. */
export async function refusedStart(env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const { supervisor, said } = spawnSupervisor({ ...process.env, HOST: '127.0.0.1', DATABASE_URL: '', ...env });
  const code = await new Promise<number | null>((resolve) => supervisor.once('close', resolve));
  return { code, said: said() };
}

/** The pid of the database server of a folder; 0 when none is recorded. */
export function postmasterPid(dataDir: string): number {
  const file = path.join(dataDir, 'postgres', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) || 0 : 0;
}

/** Ends a process as a crash does, and resolves once it is gone. @throws Error when there is none: a fault that hits nothing proves nothing */
export async function killNow(pid: number): Promise<void> {
  if (pid <= 1 || !isAlive(pid)) throw new Error(`there is no process ${pid} to kill`);
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function spawnSupervisor(
  env: NodeJS.ProcessEnv,
  mode: 'start' | 'demo' = 'start',
): { supervisor: ChildProcess; said: () => string } {
  const supervisor = spawn(process.execPath, [path.join(root, 'lib/cli/supervisor/main.ts'), mode], {
    cwd: root,
    env: env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  for (const stream of [supervisor.stdout, supervisor.stderr]) {
    stream?.prependListener('data', (chunk: Buffer) => {
      words += chunk;
    });
  }
  return { supervisor, said: () => words };
}
