import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive, startOf } from '#lib/cli/embedded-postgres/orphan.ts';

/** What DATA_DIR/runtime.json says while somebody works with this directory. Holds no secret: the password is in secrets/. */
export type Runtime = {
  pid: number;
  startedAt: string;
  role: 'supervisor' | 'command';
  address: string | null;
  databasePort: number | null;
  children: { name: string; pid: number; startedAt: string }[];
};

const fileOf = (dataDir: string) => path.join(dataDir, 'runtime.json');

/** Thrown when another living process holds the directory. */
export class DirectoryInUse extends Error {
  override name = 'DirectoryInUse';
  readonly runtime: Runtime;
  constructor(dataDir: string, runtime: Runtime) {
    const at = runtime.address ? ` at ${runtime.address}` : '';
    super(
      `Gatehouse already runs on ${dataDir} as pid ${runtime.pid}${at}. Use that one, stop it, or choose another DATA_DIR.`,
    );
    this.runtime = runtime;
  }
}

/** Reads who holds the directory; `null` when nobody does or the holder is gone (pid given out again included). */
export function readRuntime(dataDir: string): { runtime: Runtime; alive: boolean } | null {
  try {
    const runtime = JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Runtime;
    return { runtime, alive: isAlive(runtime.pid) && startOf(runtime.pid) === runtime.startedAt };
  } catch {
    return null;
  }
}

/**
 * Takes the directory for this process. A lock whose holder was killed is taken over, and what that holder had started and
 * left running (recorded pid and start time both fit) is ended first. @throws DirectoryInUse
 */
export function takeDirectory(
  dataDir: string,
  role: Runtime['role'],
  address: string | null,
): { update(more: Partial<Runtime>): void; release(): void } {
  mkdirSync(dataDir, { recursive: true });
  const runtime: Runtime = {
    pid: process.pid,
    startedAt: startOf(process.pid),
    role,
    address,
    databasePort: null,
    children: [],
  };
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(fileOf(dataDir), JSON.stringify(runtime), { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 3) throw error;
      const held = readRuntime(dataDir);
      if (held?.alive) throw new DirectoryInUse(dataDir, held.runtime);
      for (const child of held?.runtime.children ?? []) {
        if (isAlive(child.pid) && startOf(child.pid) === child.startedAt) process.kill(child.pid, 'SIGKILL');
      }
      rmSync(fileOf(dataDir), { force: true });
    }
  }
  return {
    update(more) {
      Object.assign(runtime, more);
      writeFileSync(fileOf(dataDir), JSON.stringify(runtime), { mode: 0o600 });
    },
    release: () => rmSync(fileOf(dataDir), { force: true }),
  };
}
