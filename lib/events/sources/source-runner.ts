import type { FindPlace } from '#lib/events/event-row.ts';
import { claimDuePolls, pollStream } from '#lib/events/sources/poll-sets.ts';
import { claimDuePulls, LeaseLost, pullOnce } from '#lib/events/sources/pull-log.ts';
import { tidySources } from '#lib/events/sources/tidy-sources.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { isDatabaseAway } from '#lib/kernel/errors.ts';
import { log } from '#lib/kernel/log.ts';

/** Logs read at once by one worker: waiting for providers is most of it. */
const atOnce = 4;
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
  const tidiedAt = new Map<string, number>();
  const start = (name: string, work: Promise<unknown>) => {
    const one = work
      .catch((error: unknown) => {
        if (error instanceof LeaseLost) return;
        log[isDatabaseAway(error) ? 'warn' : 'error']({ err: error, log: name }, 'a log could not be read');
      })
      .finally(() => reading.delete(one));
    reading.add(one);
  };
  return {
    async work(tenantId, signal) {
      if (Date.now() - (tidiedAt.get(tenantId) ?? 0) > tidyEveryMs) {
        tidiedAt.set(tenantId, Date.now());
        start('tidy', tidySources(database, tenantId, findPlace));
      }
      const room = atOnce - reading.size;
      if (room <= 0) return;
      const context = { database, tenantId, findPlace, signal };
      for (const due of await claimDuePulls(database, tenantId, room)) start(due.log, pullOnce(context, due));
      for (const id of await claimDuePolls(database, tenantId)) start('ssf', pollStream(context, id));
    },
    async settle() {
      while (reading.size > 0) await Promise.all(reading);
    },
  };
}
