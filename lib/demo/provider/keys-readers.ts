import type { IncomingMessage, ServerResponse } from 'node:http';
import type { State } from '#lib/demo/provider/state.ts';
import { now } from '#lib/kernel/clock.ts';

/** How this provider's keys live, as it tells whoever rotates them. Seconds. The application's library keeps a key set ten minutes. */
export const keysPolicy = { jwksMaxAgeSeconds: 60, clientCacheSeconds: 600, tokenLifeSeconds: 600 };

export type KeySetReader = { reader: string; fetches: number; firstAt: string; lastAt: string };
const readersMax = 200;

/** Who fetched the key set and when, kept so that a rotation can tell who has seen the next key. */
export function openKeySetReaders(state: State) {
  const { sqlite } = state;
  sqlite.exec(
    'CREATE TABLE IF NOT EXISTS key_set_readers (reader TEXT PRIMARY KEY, fetches INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL) STRICT',
  );
  return {
    /** Notes a fetch and says how long the answer may be kept. */
    note(request: IncomingMessage, response: ServerResponse): void {
      response.setHeader('Cache-Control', `public, max-age=${keysPolicy.jwksMaxAgeSeconds}, must-revalidate`);
      const reader = (request.headers['user-agent'] ?? 'no user agent').slice(0, 120);
      // Gatehouse looks at the key set too; that says nothing about who relies on it.
      if (reader === 'Gatehouse') return;
      const at = now().getTime();
      sqlite
        .prepare(
          `INSERT INTO key_set_readers (reader, fetches, first_at, last_at)
           SELECT ?, 1, ?, ? WHERE (SELECT count(*) FROM key_set_readers) < ? OR EXISTS (SELECT 1 FROM key_set_readers WHERE reader = ?)
           ON CONFLICT (reader) DO UPDATE SET fetches = fetches + 1, last_at = excluded.last_at`,
        )
        .run(reader, at, at, readersMax, reader);
    },
    list: (): KeySetReader[] =>
      sqlite
        .prepare('SELECT * FROM key_set_readers ORDER BY last_at DESC LIMIT ?')
        .all(readersMax)
        .map((row) => ({
          reader: String(row.reader),
          fetches: Number(row.fetches),
          firstAt: new Date(Number(row.first_at)).toISOString(),
          lastAt: new Date(Number(row.last_at)).toISOString(),
        })),
  };
}
