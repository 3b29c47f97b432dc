/** One figure of a benchmark. `ratio` is the figure divided by what `against` names, both of the same run; `n` is the size. */
export type BenchLine = {
  name: string;
  value: number;
  unit: string;
  ratio?: number;
  against?: string;
  n?: number;
};

/** What a group gets: a migrated database of its own, gone afterwards, and where its figures go. */
export type BenchContext = {
  /** Connection string of the owner. DATABASE_URL holds it too, so `pool(…)` works. */
  url: string;
  /** A temporary folder, removed afterwards. DATA_DIR holds it too. */
  dataDir: string;
  emit(line: BenchLine): void;
  /** Whether this figure was asked for: all of a group unless single ones are named. A group may leave out what costs much. */
  wants(name: string): boolean;
  /** A remark for the person who waits; goes to stderr. */
  say(line: string): void;
};

export type BenchGroup = (context: BenchContext) => Promise<void>;

/** A size from the environment (`BENCH_EVENTS=5000000 npm run bench -- ingest`), or the usual one. */
export function sizeFrom(variable: string, usual: number): number {
  const given = Number(process.env[variable]);
  return Number.isInteger(given) && given > 0 ? given : usual;
}

/** The middle of some measurements: one disturbed round does not decide. @throws Error when there are none */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** The value below which this share of the measurements lies (0.95: the 95th percentile). @throws Error when there are none */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new Error('nothing was measured');
  return found;
}
