import { step, type Totals } from '#lib/cli/checks/steps.ts';

/** Format and lint, generated route types, the compiler. */
export function staticChecks(): Totals[] {
  return [
    step('format and lint', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']),
    step('route types', 'next/dist/bin/next', ['typegen']),
    step('types', 'typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json']),
  ];
}
