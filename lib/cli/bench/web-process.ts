import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { nodeOptions } from '#lib/cli/supervisor/node-options.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** A real process of the desk, started for a measurement or a test. */
export type DeskProcess = { url: string; process: ChildProcess; stop(): Promise<void> };

/** Starts the real web process (front server and Next's production build) on a free port. @throws Error when it ends at start */
export async function startWeb(databaseUrl: string, env: Record<string, string> = {}): Promise<DeskProcess> {
  if (!existsSync(path.join(root, '.next', 'BUILD_ID')))
    throw new Error('The desk is not built. Run: npm run bench, which builds it.');
  const port = await freePort();
  return startProcess('web.ts', `http://localhost:${port}`, { DATABASE_URL: databaseUrl, PORT: String(port), ...env });
}

/** Starts the real worker. */
export function startWorker(databaseUrl: string, env: Record<string, string> = {}): Promise<DeskProcess> {
  return startProcess('worker.ts', '', { DATABASE_URL: databaseUrl, ...env });
}

/** Resident memory of a process in bytes, as the kernel counts it now; 0 once it is gone or where there is no /proc. */
export function residentBytes(pid: number | undefined): number {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(found?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function startProcess(file: string, url: string, env: Record<string, string>): Promise<DeskProcess> {
  const child = fork(path.join(root, 'lib/cli', file), [], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', GATEHOUSE_URL: url || 'http://localhost:3000', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...process.execArgv, ...nodeOptions],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`${file} ended at start with ${code}`)));
  });
  return {
    url,
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
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
