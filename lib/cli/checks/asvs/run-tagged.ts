import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Outcome, tagsOf } from '#lib/cli/checks/asvs/score.ts';

type VitestReport = {
  testResults: { assertionResults: { fullName: string; status: string }[]; status: string; name: string }[];
};
type PlaywrightSuite = { title: string; specs?: { title: string; ok: boolean }[]; suites?: PlaywrightSuite[] };

/** Test files below these folders with a tag that `wanted` takes, as paths from the root. */
export function taggedFiles(root: string, wanted: (tag: string) => boolean): { vitest: string[]; journeys: string[] } {
  const found = ['lib', 'app', 'components', 'e2e'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(test|spec)\.tsx?$/.test(file))
      .map((file) => path.join(folder, file)),
  );
  const tagged = found.filter((file) => tagsOf(readFileSync(path.join(root, file), 'utf8')).some(wanted));
  return {
    vitest: tagged.filter((file) => !file.startsWith('e2e')),
    journeys: tagged.filter((file) => file.startsWith('e2e')),
  };
}

/** A pattern for the runners' own filters that finds the titles with one of these tags (all tags when none is given). */
export function tagPattern(ids: readonly string[]): string {
  return ids.length === 0
    ? '\\[v5\\.0\\.0-V\\d+\\.\\d+\\.\\d+\\]'
    : `\\[v5\\.0\\.0-(${ids.map((id) => id.replaceAll('.', '\\.')).join('|')})\\]`;
}

/** Runs the tagged tests of these files; what did not run (a crash, a file that cannot be read) counts as failed. */
export function runVitest(root: string, files: readonly string[], pattern: string, isQuiet = false): Outcome[] {
  if (files.length === 0) return [];
  return withReport((report) => {
    const args = [
      'run',
      '--config',
      'lib/vitest.config.ts',
      '-t',
      pattern,
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    spawnSync(
      process.execPath,
      [
        path.join(root, 'node_modules/vitest/vitest.mjs'),
        ...args,
        ...(isQuiet ? [] : ['--reporter=default']),
        ...files,
      ],
      {
        cwd: root,
        stdio: ['ignore', isQuiet ? 'ignore' : 'inherit', isQuiet ? 'ignore' : 'inherit'],
      },
    );
    const said = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
    return said.testResults.flatMap(({ assertionResults, status, name }) => {
      const ran = assertionResults
        .filter((one) => one.status === 'passed' || one.status === 'failed')
        .map((one) => ({ title: one.fullName, passed: one.status === 'passed' }));
      // A suite whose set-up failed has no results of its own; its tags stand in the file.
      return ran.length > 0 || status === 'passed'
        ? ran
        : [{ title: `${allTags(name)} ${name} could not run`, passed: false }];
    });
  });
}

/** Runs the tagged journeys in the browser. */
export function runJourneys(root: string, files: readonly string[], pattern: string): Outcome[] {
  if (files.length === 0) return [];
  return withReport((report) => {
    spawnSync(
      process.execPath,
      [
        path.join(root, 'node_modules/@playwright/test/cli.js'),
        'test',
        '-c',
        'e2e/playwright.config.ts',
        '--grep',
        pattern,
        '--reporter=list,json',
      ],
      {
        cwd: root,
        env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    const said = JSON.parse(readFileSync(report, 'utf8')) as { suites: PlaywrightSuite[] };
    const walk = (suite: PlaywrightSuite, above: string): Outcome[] => [
      ...(suite.specs ?? []).map(({ title, ok }) => ({ title: `${above} ${suite.title} ${title}`, passed: ok })),
      ...(suite.suites ?? []).flatMap((inner) => walk(inner, `${above} ${suite.title}`)),
    ];
    return said.suites.flatMap((suite) => walk(suite, ''));
  });
}

function allTags(file: string): string {
  return [...new Set(tagsOf(readFileSync(file, 'utf8')))].map((id) => `[v5.0.0-${id}]`).join(' ');
}

function withReport(work: (report: string) => Outcome[]): Outcome[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-asvs-'));
  try {
    return work(path.join(folder, 'report.json'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
