import { expect, test } from 'vitest';
import { progressWords } from '#lib/cli/import-progress.ts';

test.each([
  [{ size: 1_000, bytes: 250, records: 5_000, elapsedMs: 10_000 }, '25% · 5,000 records · 500 a second · 30 s left'],
  [
    { size: 4_000_000, bytes: 1_000_000, records: 1_200_000, elapsedMs: 300_000 },
    '25% · 1,200,000 records · 4,000 a second · 15 min left',
  ],
  // A read-ahead buffer is ahead of what is stored.
  [{ size: 1_000, bytes: 1_024, records: 9, elapsedMs: 1_000 }, '100% · 9 records · 9 a second · 0 s left'],
])('says how far an import is', (so, words) => {
  expect(progressWords(so)).toBe(words);
});
