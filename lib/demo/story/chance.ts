import { createHash } from 'node:crypto';

/** Reproducible chance: the same words give the same draws on every machine and at every start. */
export type Chance = {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** An integer from `from` up to and including `to`. */
  between(from: number, to: number): number;
  /** True with this probability. */
  happens(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
};

/** Seeds a generator (mulberry32) with the SHA-256 of the words. For stories only, never for a secret. */
export function chanceOf(...words: readonly string[]): Chance {
  let state = createHash('sha256').update(words.join('\0')).digest().readUInt32LE(0);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    happens: (probability) => next() < probability,
    pick: (list) => list[between(0, list.length - 1)] ?? list[0],
  };
}
