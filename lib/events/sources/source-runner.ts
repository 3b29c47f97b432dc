import type { FindPlace } from '#lib/events/event-row.ts';
import { claimDuePolls, pollStream } from '#lib/events/sources/poll-sets.ts';
import { claimDuePulls, LeaseLost, pullOnce } from '#lib/events/sources/pull-log.ts';
import { tidySources } from '#lib/events/sources/tidy-sources.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { isDatabaseAway } from '#lib/kernel/errors.ts';
import { log } from '#lib/kernel/log.ts';

/** Logs read at once by one worker, and how many of them may be one tenant's: slow providers of one must not hold up those of others. */
const atOnce = 24;
const atOncePerTenant = 3;
const tidyEveryMs = 10 * 60_000;

export type SourceRunner = {
  /** Starts what is due and returns at once, so that slow providers hold up nothing else. */
  work(tenantId: string, signal: AbortSignal): Promise<void>;
  /** Waits until nothing is being read. */
  settle(): Promise<void>;
};

/** Reads the providers' logs, each held by one instance at a time. */
export function sourceRunner(database: Database, findPlace: FindPlace): SourceRunner {
  const reading = new Set<Promise<unknown>>();
  const readingOf = new Map<string, number>();
  const tidiedAt = new Map<string, number>();
  const count = (tenantId: string, more: number) => {
    const now = (readingOf.get(tenantId) ?? 0) + more;
    if (now > 0) readingOf.set(tenantId, now);
    else readingOf.delete(tenantId);
  };
  const start = (tenantId: string, name: string, work: Promise<unknown>) => {
    count(tenantId, 1);
    const one = work
      .catch((error: unknown) => {
        if (error instanceof LeaseLost) return;
        log[isDatabaseAway(error) ? 'warn' : 'error']({ err: error, log: name }, 'a log could not be read');
      })
      .finally(() => {
        count(tenantId, -1);
        reading.delete(one);
      });
    reading.add(one);
  };
  return {
    async work(tenantId, signal) {
      if (Date.now() - (tidiedAt.get(tenantId) ?? 0) > tidyEveryMs) {
        tidiedAt.set(tenantId, Date.now());
        start(tenantId, 'tidy', tidySources(database, tenantId, findPlace));
      }
      const room = Math.min(atOnce - reading.size, atOncePerTenant - (readingOf.get(tenantId) ?? 0));
      if (room <= 0) return;
      const context = { database, tenantId, findPlace, signal };
      for (const due of await claimDuePulls(database, tenantId, room)) start(tenantId, due.log, pullOnce(context, due));
      for (const id of await claimDuePolls(database, tenantId)) start(tenantId, 'ssf', pollStream(context, id));
    },
    async settle() {
      while (reading.size > 0) await Promise.all(reading);
    },
  };
}
