import { Refusal } from '#lib/kernel/errors.ts';

/** Lets so many pass at once and so many wait; whoever comes beyond that is asked to come again. */
export type Turnstile = {
  /** Runs `work` when it is its turn. @throws Refusal `unavailable` when too many wait already */
  pass<T>(work: () => Promise<T>): Promise<T>;
};

/**
 * A queue before a scarce thing (a connection pool): waiting here costs nothing, waiting there times out. First come, first served.
 * @param atOnce passes at once; @param waitingMax waits at most
 */
export function turnstile(atOnce: number, waitingMax: number): Turnstile {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return {
    async pass(work) {
      if (inside >= atOnce) {
        if (waiting.length >= waitingMax)
          throw new Refusal('unavailable', 'Too much is arriving at once. Nothing of this was stored; send it again.', {
            retryAfterSeconds: 2,
          });
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else inside += 1;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        // The place is handed on, so nobody slips in between.
        if (next) next();
        else inside -= 1;
      }
    },
  };
}
