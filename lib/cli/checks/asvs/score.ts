import notApplicable from '#lib/cli/checks/asvs/not-applicable.json' with { type: 'json' };
import table from '#lib/cli/checks/asvs/rows.json' with { type: 'json' };

/** A row of the checklist: OWASP ASVS 5.0.0 in our own short words. `kind`: T run-time test, C probe, S static check, D document. */
export type Row = { id: string; level: 1 | 2 | 3; gate: boolean; kind: string; requirement: string };
/** What a tagged test said. */
export type Outcome = { title: string; passed: boolean };
export type Verdict = Row & { state: 'green' | 'red' | 'untested' | 'not applicable'; failed: string[] };

export const rows = table as readonly Row[];
/** Rows that do not apply, each with its reason. More than ten of them ask for a review and fail the run. */
export const excused = notApplicable as readonly { id: string; reason: string }[];
export const excusedMax = 10;
/** Chapters in which no row that applies may be red or untested. */
export const decisiveChapters = ['V6', 'V7', 'V8', 'V10'];

/** The rows a title is tagged with: `[v5.0.0-V8.2.1] no role may more than …`. */
export function tagsOf(title: string): string[] {
  return [...title.matchAll(/\[v5\.0\.0-(V\d+\.\d+\.\d+)\]/g)].map((match) => match[1] ?? '');
}

/** A row is green when it has a tagged test and all its tests passed. */
export function judge(outcomes: readonly Outcome[]): Verdict[] {
  const byRow = Map.groupBy(
    outcomes.flatMap((outcome) => tagsOf(outcome.title).map((id) => ({ id, outcome }))),
    ({ id }) => id,
  );
  return rows.map((row) => {
    const tests = byRow.get(row.id) ?? [];
    const failed = tests.filter(({ outcome }) => !outcome.passed).map(({ outcome }) => outcome.title);
    if (excused.some(({ id }) => id === row.id)) return { ...row, state: 'not applicable', failed };
    if (tests.length === 0) return { ...row, state: 'untested', failed };
    return { ...row, state: failed.length === 0 ? 'green' : 'red', failed };
  });
}

/** The chapter of a row: V8 of V8.2.1. */
export function chapterOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}

/** True when the release bar of the decisive chapters is met and no row is excused beyond measure. */
export function isPassed(verdicts: readonly Verdict[]): boolean {
  const open = verdicts.filter(
    ({ id, state }) => decisiveChapters.includes(chapterOf(id)) && (state === 'red' || state === 'untested'),
  );
  return open.length === 0 && verdicts.every(({ state }) => state !== 'red') && excused.length <= excusedMax;
}

/** The score as a table of text: passed / applicable by chapter and level, then what is red and what nobody tests. */
export function printScore(verdicts: readonly Verdict[]): string {
  const cell = (some: readonly Verdict[]) => {
    const applies = some.filter(({ state }) => state !== 'not applicable');
    return applies.length === 0 ? '-' : `${applies.filter(({ state }) => state === 'green').length}/${applies.length}`;
  };
  const line = (name: string, some: readonly Verdict[]) =>
    [
      name.padEnd(8),
      ...([1, 2, 3] as const).map((level) => cell(some.filter((row) => row.level === level)).padStart(8)),
      cell(some.filter(({ gate }) => gate)).padStart(8),
      cell(some).padStart(9),
    ].join('');
  const chapters = [...new Set(verdicts.map(({ id }) => chapterOf(id)))];
  const list = (state: Verdict['state']) =>
    verdicts
      .filter((row) => row.state === state)
      .map(({ id, level, gate, requirement, failed }) =>
        [
          `  ${id} (level ${level}${gate ? ', gate' : ''}) ${requirement}`,
          ...failed.map((title) => `      ${title}`),
        ].join('\n'),
      );
  const section = (words: string, lines: string[]) => (lines.length > 0 ? [`\n${words}`, ...lines] : []);
  return [
    'chapter  level 1 level 2 level 3    gate      all',
    ...chapters.map((chapter) =>
      line(
        chapter,
        verdicts.filter(({ id }) => chapterOf(id) === chapter),
      ),
    ),
    line('all', verdicts),
    ...section('red:', list('red')),
    ...section('no test yet:', list('untested')),
    ...section(
      'not applicable:',
      excused.map(({ id, reason }) => `  ${id} ${reason}`),
    ),
  ].join('\n');
}
