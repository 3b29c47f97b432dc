import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { nodeOptions } from '#lib/cli/supervisor/node-options.ts';

/** A process the supervisor keeps running. `ready` resolves when it said so (an IPC message `ready`). */
export type ChildSpec = { name: string; file: string; args?: string[]; env: Record<string, string> };
export type Child = { name: string; pid(): number | null; ready: Promise<void>; stop(graceMs: number): Promise<void> };

/**
 * Starts a Node process and starts it again whenever it ends, after 0.5 s at first and 10 s at most (from the beginning again
 * once it ran for a minute). Its output goes to DATA_DIR/logs/<name>.log, warnings to the terminal as well.
 */
export function keepRunning(
  spec: ChildSpec,
  options: { logDir: string; onPid: () => void; say: (line: string) => void },
): Child {
  let current: ChildProcess | null = null;
  let stopping = false;
  let delayMs = 500;
  let again: NodeJS.Timeout | undefined;
  let announceReady = () => {};
  const ready = new Promise<void>((resolve) => {
    announceReady = resolve;
  });
  mkdirSync(options.logDir, { recursive: true });
  const logFile = path.join(options.logDir, `${spec.name}.log`);
  if (existsSync(logFile) && statSync(logFile).size > 10_000_000) renameSync(logFile, `${logFile}.1`);
  const log = createWriteStream(logFile, { flags: 'a' });

  const start = () => {
    const startedAt = Date.now();
    const child = fork(spec.file, spec.args ?? [], {
      env: { ...process.env, ...spec.env, GATEHOUSE_PROCESS: spec.name },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [...process.execArgv, ...nodeOptions],
      // A Ctrl-C in the terminal is the supervisor's to hear; it stops its children in order.
      detached: true,
    });
    current = child;
    options.onPid();
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.on('message', (message) => {
      if (message === 'ready') announceReady();
    });
    child.once('exit', (code, signal) => {
      current = null;
      if (stopping) return;
      if (Date.now() - startedAt > 60_000) delayMs = 500;
      options.say(
        `${spec.name} ended (${signal ?? `code ${code}`}); starting it again in ${delayMs / 1000} s. Its log: ${logFile}`,
      );
      again = setTimeout(start, delayMs);
      delayMs = Math.min(delayMs * 2, 10_000);
    });
  };
  start();

  return {
    name: spec.name,
    pid: () => current?.pid ?? null,
    ready,
    async stop(graceMs) {
      stopping = true;
      clearTimeout(again);
      const child = current;
      if (child && child.exitCode === null && child.signalCode === null) {
        const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
        child.kill('SIGTERM');
        const hurry = setTimeout(() => child.kill('SIGKILL'), graceMs);
        await gone;
        clearTimeout(hurry);
      }
      log.end();
    },
  };
}
