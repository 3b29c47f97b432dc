import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { testMutations } from '#lib/cli/checks/asvs/mutate.ts';
import { runJourneys, runVitest, taggedFiles, tagPattern } from '#lib/cli/checks/asvs/run-tagged.ts';
import { chapterOf, isPassed, judge, printScore, rows } from '#lib/cli/checks/asvs/score.ts';
import { findChromium } from '#lib/cli/checks/find-chromium.ts';

/**
 * `npm run test:asvs`: runs every test tagged with a row of the checklist and prints the score. Exit 1 while a row of the decisive
 * chapters is red or untested. `-- --chapter V8` runs one chapter; `-- --mutations` breaks each control in a copy instead and
 * fails when its row stays green; `-- --no-browser` leaves the journeys out (their rows then count as untested).
 */
const root = path.resolve(import.meta.dirname, '../../../..');
const { values } = parseArgs({
  options: {
    mutations: { type: 'boolean', default: false },
    chapter: { type: 'string', multiple: true, default: [] },
    row: { type: 'string', multiple: true, default: [] },
    'no-browser': { type: 'boolean', default: false },
  },
});

if (values.mutations) {
  process.exit(testMutations(root, values.row) ? 0 : 1);
}
const wanted = rows
  .filter(({ id }) => values.chapter.length === 0 || values.chapter.includes(chapterOf(id)))
  .map(({ id }) => id);
const files = taggedFiles(root, (tag) => wanted.includes(tag));
const pattern = tagPattern(values.chapter.length === 0 ? [] : wanted);
const outcomes = runVitest(root, files.vitest, pattern);
if (!values['no-browser'] && files.journeys.length > 0) {
  const chromium = findChromium();
  if (chromium) process.env.CHROMIUM_PATH = chromium;
  outcomes.push(...runJourneys(root, files.journeys, pattern));
}
const verdicts = judge(outcomes).filter(({ id }) => wanted.includes(id));
mkdirSync(path.join(root, 'test-results'), { recursive: true });
writeFileSync(path.join(root, 'test-results', 'asvs.json'), `${JSON.stringify(verdicts, null, 2)}\n`);
process.stdout.write(`\n${printScore(verdicts)}\n`);
process.exit(isPassed(verdicts) ? 0 : 1);
