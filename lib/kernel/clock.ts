import type { Tx } from '#lib/kernel/db/database.ts';

let offsetMs = 0;

/** The time of this process. For showing and for scheduling; anything that expires is decided by `databaseNow` or in SQL. */
export function now(): Date {
  return new Date(Date.now() + offsetMs);
}

/** The database's clock, which decides every expiry (I13). Millisecond precision, moves within a transaction. */
export async function databaseNow(tx: Pick<Tx, '$queryRaw'>): Promise<Date> {
  const rows = await tx.$queryRaw<{ at: Date }[]>`SELECT clock_timestamp()::timestamptz(3) AS at`;
  const row = rows[0];
  if (!row) throw new Error('the database returned no time');
  return row.at;
}

/** Clocks further apart than this are reported (I13): expiry follows the database, people read this machine's. Milliseconds. */
export const clockSkewMsMax = 2_000;

/** How far this process's clock is ahead of the database's, in milliseconds; half the round trip is taken off. */
export async function clockSkewMs(tx: Pick<Tx, '$queryRaw'>): Promise<number> {
  const before = now().getTime();
  const database = await databaseNow(tx);
  return Math.round((before + now().getTime()) / 2 - database.getTime());
}

/** Moves this process's clock for a test; returns the way back. */
export function shiftClock(byMs: number): () => void {
  const before = offsetMs;
  offsetMs += byMs;
  return () => {
    offsetMs = before;
  };
}
