import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Edit, type Mutation, mutations } from '#lib/cli/checks/asvs/mutations.ts';
import { runVitest, taggedFiles, tagPattern } from '#lib/cli/checks/asvs/run-tagged.ts';
import { rows, tagsOf } from '#lib/cli/checks/asvs/score.ts';

/**
 * Breaks one control after the other in a copy of the tree and runs the tests of its row: green tests that stay green prove nothing.
 * @returns true when every mutation turned its row red
 */
export function testMutations(root: string, onlyRows: readonly string[]): boolean {
  const chosen = mutations.filter(({ row }) => onlyRows.length === 0 || onlyRows.includes(row));
  const copy = copyTree(root);
  try {
    const survived = chosen.filter((mutation) => {
      const verdict = tryMutation(copy, mutation);
      process.stdout.write(`${verdict === 'red' ? '✓' : '✗'} ${mutation.row} ${mutation.why}: ${verdict}\n`);
      return verdict !== 'red';
    });
    const gates = rows.filter(({ gate }) => gate).map(({ id }) => id);
    const covered = gates.filter((id) => mutations.some(({ row }) => row === id));
    process.stdout.write(
      `\n${chosen.length - survived.length} of ${chosen.length} mutations were noticed; ${covered.length} of ${gates.length} gate rows have one\n`,
    );
    return survived.length === 0 && chosen.length > 0;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function tryMutation(copy: string, mutation: Mutation): string {
  const { row } = mutation;
  const files = taggedFiles(copy, (tag) => tag === row).vitest;
  if (files.length === 0) return 'no test is tagged with this row';
  const undone: (() => void)[] = [];
  try {
    for (const edit of [mutation, ...(mutation.also ?? [])]) {
      const undo = applyEdit(copy, edit);
      if (!undo) return `stale, ${edit.file} does not hold its text exactly once`;
      undone.unshift(undo);
    }
    const ran = runVitest(copy, files, tagPattern([row]), true).filter(({ title }) => tagsOf(title).includes(row));
    if (ran.length === 0) return 'nothing ran';
    return ran.some(({ passed }) => !passed) ? 'red' : 'STAYED GREEN';
  } finally {
    for (const undo of undone) undo();
  }
}

/** @returns what undoes it, or `null` when the text is not there exactly once */
function applyEdit(copy: string, { file, find, replace }: Edit): (() => void) | null {
  const at = path.join(copy, file);
  const before = existsSync(at) ? readFileSync(at, 'utf8') : '';
  if (before.split(find).length !== 2) return null;
  writeFileSync(
    at,
    before.replace(find, () => replace),
  );
  return () => writeFileSync(at, before);
}

/** The files git knows or would, with what set-up made; packages are linked. */
function copyTree(root: string): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'gatehouse-mutations-'));
  // The database runs as another user and reaches its programs through the copy.
  chmodSync(copy, 0o755);
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((file) => file !== '' && existsSync(path.join(root, file)));
  for (const file of files) {
    mkdirSync(path.join(copy, path.dirname(file)), { recursive: true });
    cpSync(path.join(root, file), path.join(copy, file));
  }
  cpSync(path.join(root, 'lib/kernel/db/generated'), path.join(copy, 'lib/kernel/db/generated'), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'dir');
  return copy;
}
