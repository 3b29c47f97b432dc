import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';

/**
 * Ends a server that a killed supervisor left behind on this directory, and clears a lock whose process is gone. A living
 * process that is not a postgres of this directory is left alone: its pid was merely given out again.
 */
export async function stopOrphan(directory: string): Promise<void> {
  const lock = path.join(directory, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const [pidLine, directoryLine] = readFileSync(lock, 'utf8').split('\n');
  const pid = Number(pidLine);
  const isOurs =
    Number.isInteger(pid) &&
    pid > 1 &&
    isAlive(pid) &&
    commandOf(pid).includes('postgres') &&
    samePath(directoryLine?.trim() ?? '', directory);
  if (!isOurs) {
    rmSync(lock, { force: true });
    return;
  }
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + 15_000;
  while (isAlive(pid)) {
    if (Date.now() > deadline)
      throw new Error(`A database server left behind (pid ${pid}) does not stop. End it, then start again.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** True while a process with this id exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
    .stdout.trim()
    .startsWith('Z');
}

/** When a process started, as `ps` prints it: with the pid it names one process, even after pids were given out again. */
export function startOf(pid: number): string {
  return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  }).stdout.trim();
}

function commandOf(pid: number): string {
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}

function samePath(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}
