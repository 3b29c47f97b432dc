import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type Totals = { passed: number; failed: number; skipped: number };
const root = path.resolve(import.meta.dirname, '../../..');

/** Runs a tool with its output shown; one check that passes or fails. */
export function step(name: string, tool: string, args: string[]): Totals {
  process.stderr.write(`\n— ${name}\n`);
  const ok =
    spawnSync(process.execPath, [path.join(root, 'node_modules', tool), ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    }).status === 0;
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** Runs vitest on these files and counts what its own report says. A run that crashed or ran nothing counts as failed. */
export function vitest(name: string, files: string[]): Totals {
  process.stderr.write(`\n— ${name}\n`);
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-report-'));
  const report = path.join(folder, 'report.json');
  const args = [
    'run',
    '--config',
    'lib/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...files,
  ];
  const status = spawnSync(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  }).status;
  try {
    const said = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
      numTodoTests: number;
    };
    const totals = {
      passed: said.numPassedTests,
      failed: said.numFailedTests,
      skipped: said.numPendingTests + said.numTodoTests,
    };
    return totals.failed === 0 && (status !== 0 || totals.passed === 0) ? { ...totals, failed: 1 } : totals;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the browser journeys and counts what Playwright's own report says. */
export function playwright(name: string): Totals {
  process.stderr.write(`\n— ${name}\n`);
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-report-'));
  const report = path.join(folder, 'report.json');
  const args = ['test', '-c', 'e2e/playwright.config.ts', '--reporter=list,json'];
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  const run = spawnSync(process.execPath, [path.join(root, 'node_modules/@playwright/test/cli.js'), ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    const { stats } = JSON.parse(readFileSync(report, 'utf8')) as {
      stats: { expected: number; unexpected: number; flaky: number; skipped: number };
    };
    if (stats.flaky > 0)
      process.stderr.write(
        `\n${stats.flaky} of the journeys passed at the second try only; above is what went wrong first.\n`,
      );
    const totals = { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
    return totals.failed === 0 && (run.status !== 0 || totals.passed === 0) ? { ...totals, failed: 1 } : totals;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds up, prints the totals as the last line, and ends with 1 when anything failed. */
export function conclude(all: Totals[]): never {
  const sum = (part: keyof Totals) => all.reduce((total, each) => total + each[part], 0);
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`);
  process.exit(sum('failed') > 0 ? 1 : 0);
}
