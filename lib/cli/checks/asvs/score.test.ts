import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { mutations } from '#lib/cli/checks/asvs/mutations.ts';
import {
  chapterOf,
  decisiveChapters,
  excused,
  isPassed,
  judge,
  printScore,
  rows,
  tagsOf,
} from '#lib/cli/checks/asvs/score.ts';

test('the checklist is whole: 140 rows, 31 + 83 + 26 by level, 79 gates, nothing twice', () => {
  expect(rows).toHaveLength(140);
  expect([1, 2, 3].map((level) => rows.filter((row) => row.level === level).length)).toEqual([31, 83, 26]);
  expect(rows.filter(({ gate }) => gate)).toHaveLength(79);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(140);
  for (const { id, reason } of excused) {
    expect(rows.map((row) => row.id)).toContain(id);
    expect(reason.length).toBeGreaterThan(20);
  }
});

test('a row is green only when it has a test and all its tests passed; one red or untested decisive row fails the run', () => {
  const all = rows.map(({ id }) => ({ title: `${id} of the list [v5.0.0-${id}] holds`, passed: true }));
  expect(isPassed(judge(all))).toBe(true);
  expect(isPassed(judge(all.filter(({ title }) => !title.includes('[v5.0.0-V8.2.1]'))))).toBe(false);
  const broken = judge([...all, { title: 'another test of it [v5.0.0-V7.2.1] [v5.0.0-V7.2.3]', passed: false }]);
  expect(broken.filter(({ state }) => state === 'red').map(({ id }) => id)).toEqual(['V7.2.1', 'V7.2.3']);
  expect(isPassed(broken)).toBe(false);
  expect(printScore(broken)).toMatch(/red:\n {2}V7\.2\.1 .*gate/);
  expect(tagsOf('V8.2.1 without brackets, [V8.2.1] of no version')).toEqual([]);
});

test('every mutation is of a row that exists, and every gate of the decisive chapters has one', () => {
  const ids = new Set(rows.map(({ id }) => id));
  expect(mutations.filter(({ row }) => !ids.has(row))).toEqual([]);
  const decisive = rows.filter(({ id, gate }) => gate && decisiveChapters.includes(chapterOf(id)));
  expect(decisive.filter(({ id }) => !mutations.some(({ row }) => row === id)).map(({ id }) => id)).toEqual([]);
});

test('every edit of a mutation still stands in its file, exactly once', () => {
  const root = path.resolve(import.meta.dirname, '../../../..');
  const stale = mutations
    .flatMap((mutation) => [mutation, ...(mutation.also ?? [])])
    .filter(({ file, find }) => readFileSync(path.join(root, file), 'utf8').split(find).length !== 2);
  expect(stale.map(({ file, find }) => `${file}: ${find}`)).toEqual([]);
});
