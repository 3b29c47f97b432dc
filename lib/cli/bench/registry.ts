import type { BenchGroup } from '#lib/cli/bench/group.ts';

/** Every group of `npm run bench`, one line each; loaded when it runs. */
export const benchGroups: Readonly<Record<string, () => Promise<BenchGroup>>> = {
  desk: async () => (await import('#lib/cli/bench/desk.ts')).benchDesk,
  ingest: async () => (await import('#lib/cli/bench/ingest.ts')).benchIngest,
  keys: async () => (await import('#lib/cli/bench/keys.ts')).benchKeys,
  revocation: async () => (await import('#lib/cli/bench/revocation.ts')).benchRevocation,
};
