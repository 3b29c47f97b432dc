import ipaddr from 'ipaddr.js';
import { now } from '#lib/kernel/clock.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { sha256 } from '#lib/kernel/ids.ts';

/** So many at once, then so many a minute. `name` is part of the key and stands in the audit. */
export type Limit = { name: string; burst: number; perMinute: number };

/** Where a knock comes from: IPv4 by /24, IPv6 by /64, so that changing the last digits changes nothing. */
export function networkOf(ip: string | null): string {
  if (!ip || !ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  const [bytes, kept] = address.kind() === 'ipv4' ? [address.toByteArray(), 3] : [address.toByteArray(), 8];
  return `${address.kind()} ${Buffer.from(bytes.slice(0, kept)).toString('hex')}`;
}

/** The row of a limit and subject. The table holds hashes: it names neither people nor addresses. */
export function limitKey(name: string, subject: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sha256(`gatehouse-limit\n${name}\n${subject}`));
}

/**
 * Takes `count` permits from a bucket in PostgreSQL (GCRA: one conditional write, so any number of instances share it and a restart
 * forgets nothing). @returns seconds to wait when there was no room, `0` when there was
 */
export async function takePermits(database: Database, limit: Limit, subject: string, count = 1): Promise<number> {
  const each = 60 / limit.perMinute;
  const key = limitKey(limit.name, subject);
  return database.outsideTenants(async (tx) => {
    const [taken] = await tx.$queryRaw<{ ok: number }[]>`
      INSERT INTO rate_limits AS r (key, full_at, updated_at)
      VALUES (${key}, clock_timestamp() + make_interval(secs => ${each * count}), clock_timestamp())
      ON CONFLICT (key) DO UPDATE SET full_at = GREATEST(r.full_at, clock_timestamp()) + make_interval(secs => ${each * count}), updated_at = clock_timestamp()
        WHERE GREATEST(r.full_at, clock_timestamp()) + make_interval(secs => ${each * count}) <= clock_timestamp() + make_interval(secs => ${each * limit.burst})
      RETURNING 1 AS ok`;
    if (taken) return 0;
    const [row] = await tx.$queryRaw<{ wait: number }[]>`
      SELECT extract(epoch FROM full_at + make_interval(secs => ${each * count}) - clock_timestamp() - make_interval(secs => ${each * limit.burst}))::float8 AS wait
      FROM rate_limits WHERE key = ${key}`;
    return Math.max(1, Math.ceil(row?.wait ?? 1));
  });
}

/** Gives permits back that were taken for what turned out to be right. */
export async function returnPermits(database: Database, limit: Limit, subject: string, count = 1): Promise<void> {
  await database.outsideTenants(
    (tx) => tx.$executeRaw`
      UPDATE rate_limits SET full_at = full_at - make_interval(secs => ${(60 / limit.perMinute) * count})
      WHERE key = ${limitKey(limit.name, subject)}`,
  );
}

// Permits a process holds in advance, so that a busy machine's token costs one write for many requests.
const held = new Map<string, { left: number; until: number }>();
const asking = new Map<string, Promise<number>>();
const heldMax = 10_000;
const heldForMs = 10_000;

/**
 * Like `takePermits` for what is asked often: permits come in handfuls and are spent in this process for up to ten seconds.
 * So the limit may be reached early by a handful an instance, never passed. Requests at the same moment ask the database once.
 */
export async function takePermitQuickly(database: Database, limit: Limit, subject: string): Promise<number> {
  const name = `${limit.name}\n${subject}`;
  for (;;) {
    const here = held.get(name);
    if (here && here.left > 0 && here.until > now().getTime()) {
      here.left -= 1;
      return 0;
    }
    const asked = asking.get(name);
    if (!asked) break;
    const wait = await asked;
    if (wait > 0) return wait;
  }
  const question = takeHandful(database, limit, subject, name).finally(() => asking.delete(name));
  asking.set(name, question);
  return question;
}

async function takeHandful(database: Database, limit: Limit, subject: string, name: string): Promise<number> {
  const handful = Math.max(1, Math.min(50, Math.floor(limit.burst / 20)));
  const wait = await takePermits(database, limit, subject, handful);
  if (wait > 0) return handful === 1 ? wait : takePermits(database, limit, subject);
  if (held.size >= heldMax) held.clear();
  held.set(name, { left: handful - 1, until: now().getTime() + heldForMs });
  return 0;
}

/** The refusal of whoever has to wait. */
export function tooMany(waitSeconds: number): Refusal {
  const words = waitSeconds > 90 ? `${Math.ceil(waitSeconds / 60)} minutes` : `${waitSeconds} seconds`;
  return new Refusal('rate_limited', `Too many tries. Wait ${words}, then try again. Nothing was changed.`, {
    retryAfterSeconds: waitSeconds,
  });
}

/** Forgets what is long over. @returns how many rows went */
export function forgetOldLimits(database: Database): Promise<number> {
  return database.outsideTenants(
    (tx) => tx.$executeRaw`
      DELETE FROM rate_limits WHERE key IN (SELECT key FROM rate_limits
        WHERE updated_at < clock_timestamp() - CASE WHEN failures > 0 THEN interval '30 days' ELSE interval '1 day' END
          AND full_at < clock_timestamp() AND (wait_until IS NULL OR wait_until < clock_timestamp()) LIMIT 5000)`,
  );
}
