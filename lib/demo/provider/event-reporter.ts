import { z } from 'zod';
import type { State } from '#lib/demo/provider/state.ts';
import type { HttpClient } from '#lib/kernel/http/http-client.ts';
import { requireStatus } from '#lib/kernel/http/http-client.ts';
import { log } from '#lib/kernel/log.ts';
import type { JsonObject } from '#lib/model/event.ts';

const recordsAtOnce = 200;
const answerShape = z.object({
  quarantined: z.number(),
  items: z.array(z.object({ index: z.number(), error: z.unknown() })),
});

export type EventReporter = {
  /** Queues a record in the caller's transaction; it is sent until Gatehouse has acknowledged it. */
  report(record: JsonObject): void;
  /** How many records wait. */
  waiting(): number;
  /** Resolves when nothing waits any more, or rejects when the signal fires first. */
  drained(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Sends what happened to Gatehouse's ingest door, in order, at least once: a record leaves the queue only after the door said that
 * it is durable. While the desk is away everything waits on disk; the record's own id lets the door recognise a second delivery.
 */
export function startEventReporter(
  state: State,
  door: { url: string; token: string; http: HttpClient },
): EventReporter {
  const { sqlite } = state;
  const stopping = new AbortController();
  let wake = () => {};
  let delayMs = 250;

  async function sendSome(): Promise<boolean> {
    const rows = sqlite.prepare('SELECT seq, record FROM reports ORDER BY seq LIMIT ?').all(recordsAtOnce);
    const last = rows.at(-1);
    if (!last) return false;
    const request = {
      method: 'POST' as const,
      url: door.url,
      headers: { authorization: `Bearer ${door.token}`, 'content-type': 'application/x-ndjson' },
      body: rows.map((row) => String(row.record)).join('\n'),
      signal: stopping.signal,
    };
    const answer = answerShape.parse(requireStatus(request, await door.http.call(request), [200]).json());
    if (answer.quarantined > 0) log.error({ items: answer.items.slice(0, 5) }, 'Gatehouse could not read some records');
    sqlite.prepare('DELETE FROM reports WHERE seq <= ?').run(Number(last.seq));
    return true;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      let more = false;
      try {
        more = await sendSome();
        delayMs = 250;
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.warn({ err: error, waiting: waiting() }, 'Gatehouse did not take the records; they wait');
        delayMs = Math.min(delayMs * 2, 10_000);
      }
      if (more) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const waiting = () => Number(sqlite.prepare('SELECT count(*) AS waiting FROM reports').get()?.waiting ?? 0);
  const loop = run();
  return {
    report(record) {
      sqlite.prepare('INSERT INTO reports (record) VALUES (?)').run(JSON.stringify(record));
      if (delayMs <= 250) setImmediate(() => wake());
    },
    waiting,
    async drained(signal) {
      while (waiting() > 0) {
        signal.throwIfAborted();
        wake();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async stop() {
      stopping.abort();
      wake();
      await loop;
    },
  };
}
