import edits from '#lib/cli/checks/asvs/mutations.json' with { type: 'json' };

/** One edit that takes a control away. `find` stands exactly once in the file; the row's tests must turn red. */
export type Mutation = { row: string; file: string; find: string; replace: string; why: string };

/** Gate rows whose tests are shown to be able to fail. Grows with the controls; a stale edit fails the run. */
export const mutations: readonly Mutation[] = edits;
