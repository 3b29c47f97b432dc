import { setImmediate } from 'node:timers/promises';

export type SharedThread = {
  /**
   * Visits one by one. Between slices of a few milliseconds everybody else on this thread gets their turn; one party's lists are visited
   * one after the other, lists of different parties by turns. What fits into the first slice of an idle thread is done at once.
   * @throws what `visit` throws; nothing is visited after that
   */
  each<Item>(party: string, items: readonly Item[], visit: (item: Item, index: number) => void): Promise<void>;
};

/** Visits until the time is up. @returns true when there is nothing left of it */
type Job = (until: number) => boolean;

/**
 * The share of the one JavaScript thread that long work may have. Work that is cut into slices all at the same time keeps everything
 * in memory until all of it is done, and ends together; so a party has one piece of work at hand, and the others wait.
 * @param sliceMs milliseconds of work before others get their turn
 */
export function sharedThread(
  sliceMs: number,
  clock = () => performance.now(),
  rest = () => setImmediate(),
): SharedThread {
  const parties = new Map<string, Job[]>();
  let running = false;
  /** One slice: jobs until its time is up. A Map keeps its order, so taking the first party and putting it last is taking turns. */
  const slice = () => {
    const until = clock() + sliceMs;
    do {
      const [party, jobs] = parties.entries().next().value ?? [];
      const job = jobs?.[0];
      if (party === undefined || !jobs || !job) return;
      parties.delete(party);
      if (job(until)) jobs.shift();
      if (jobs.length > 0) parties.set(party, jobs);
    } while (clock() < until);
  };
  const run = async () => {
    running = true;
    for (;;) {
      slice();
      if (parties.size === 0) break;
      await rest();
    }
    running = false;
  };
  return {
    each(party, items, visit) {
      return new Promise((resolve, reject) => {
        let at = 0;
        const job: Job = (until) => {
          try {
            while (at < items.length) {
              visit(items[at] as (typeof items)[number], at);
              at += 1;
              if (clock() >= until) break;
            }
          } catch (error) {
            reject(error);
            return true;
          }
          if (at < items.length) return false;
          resolve();
          return true;
        };
        const jobs = parties.get(party);
        if (jobs) jobs.push(job);
        else parties.set(party, [job]);
        if (!running) void run();
      });
    },
  };
}

// Next loads a module once a bundle; there is one thread.
const shared = globalThis as { gatehouseThread?: SharedThread };
shared.gatehouseThread ??= sharedThread(4);

/** `SharedThread.each` of this process. */
export const eachInTurns: SharedThread['each'] = (party, items, visit) =>
  (shared.gatehouseThread as SharedThread).each(party, items, visit);
