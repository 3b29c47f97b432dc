import edits from '#lib/cli/checks/asvs/mutations.json' with { type: 'json' };

/** One edit: `find` stands exactly once in the file. */
export type Edit = { file: string; find: string; replace: string };
/** An edit that takes a control away, with those that take its second guard away; the row's tests must turn red. */
export type Mutation = Edit & { row: string; why: string; also?: readonly Edit[] };

/** Gate rows whose tests are shown to be able to fail. Grows with the controls; a stale edit fails the run. */
export const mutations: readonly Mutation[] = edits;
