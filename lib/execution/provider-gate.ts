/** What holds calls to one provider within its limits, and away from it while it asks for rest or does not answer. */
export type ProviderGate = {
  /** Waits for a place; run the call, then give the place back with how it went. */
  enter(): Promise<(went: 'well' | 'badly' | { retryAfterSeconds: number }) => void>;
  /** Milliseconds until calls are let through again; 0 when open. */
  closedForMs(): number;
  setLimits(limits: { concurrency: number; perSecond: number | null }): void;
};

/** Failures in a row after which the provider is left alone, and for how long at most. */
const failuresMax = 5;
const restSecondsMax = 60;

/** Makes a gate. @param clock milliseconds that only go forward */
export function providerGate(clock: () => number = () => performance.now()): ProviderGate {
  let limits: { concurrency: number; perSecond: number | null } = { concurrency: 1, perSecond: null };
  let inside = 0;
  let nextAt = 0;
  let closedUntil = 0;
  let failures = 0;
  let rests = 0;
  const waiting: (() => void)[] = [];
  const admit = () => {
    while (inside < limits.concurrency) {
      const next = waiting.shift();
      if (!next) return;
      inside += 1;
      next();
    }
  };
  return {
    setLimits(next) {
      limits = next;
      admit();
    },
    closedForMs: () => Math.max(0, closedUntil - clock()),
    async enter() {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        admit();
      });
      if (limits.perSecond !== null) {
        const at = Math.max(clock(), nextAt);
        nextAt = at + 1_000 / limits.perSecond;
        const wait = at - clock();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      }
      let left = false;
      return (went) => {
        if (left) return;
        left = true;
        inside -= 1;
        if (went === 'well') {
          failures = 0;
          rests = 0;
        } else if (went === 'badly') {
          failures += 1;
          if (failures >= failuresMax) {
            // One trial after each rest: the count stays just below, so that its failure closes the gate again.
            failures = failuresMax - 1;
            rests += 1;
            closedUntil = Math.max(closedUntil, clock() + Math.min(2 ** rests, restSecondsMax) * 1_000);
          }
        } else closedUntil = Math.max(closedUntil, clock() + Math.min(went.retryAfterSeconds, 3_600) * 1_000);
        admit();
      };
    },
  };
}
