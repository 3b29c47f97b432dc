import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { now } from '#lib/kernel/clock.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import type { JsonObject } from '#lib/model/event.ts';
import { type Limit, limitKey, networkOf, returnPermits, takePermits, tooMany } from '#lib/staff/rate-limit.ts';

/**
 * What somebody tries to prove. With a key (`byKey`) guessing is hopeless, so the proof is judged first and only failures are
 * counted: a valid passkey, token or link always works, whoever else knocks. Where guessing could succeed, room is taken before.
 */
export const attemptPurposes = {
  passkey: { byKey: true },
  'step-up': { byKey: true },
  enrolment: { byKey: true },
  token: { byKey: true },
  federated: { byKey: true },
  // Two halves of 256 bits: nobody guesses them, and nobody may close this way in by trying.
  'break-glass': { byKey: true },
  password: { byKey: false },
  totp: { byKey: false },
  'recovery-code': { byKey: false },
  intake: { byKey: false },
} as const satisfies Record<string, { byKey: boolean }>;
export type AttemptPurpose = keyof typeof attemptPurposes;

/** Failures a network and the whole desk may make; and how an account's waits grow. Documented in .github/decisions. */
export const attemptLimits = {
  network: { burst: 20, perMinute: 10 },
  everybody: { burst: 600, perMinute: 600 },
  /** Failures in a row before an account's waits begin, the first wait, the longest, and when this way in closes (NIST SP 800-63B-4, 3.2.2). */
  accountFree: 10,
  accountWaitSeconds: 30,
  accountWaitSecondsMax: 3600,
  accountFailuresMax: 100,
} as const;

/** How refusals are written down: one entry a limit and subject in ten minutes, and so many in all, however big the flood. */
const announcements: Limit = { name: 'announcements', burst: 60, perMinute: 6 };

export type AttemptCircumstances = {
  purpose: AttemptPurpose;
  /** Whose secret is tried: an operator's id, or what was typed (unknown accounts wait as known ones do). */
  account: string | null;
  ip: string | null;
  tenantId?: string;
};

/**
 * Judges one attempt within the limits. `judge` returns `null` for a failure. Counts failures per network, for the whole desk and,
 * where guessing could succeed, per account with growing waits; a success gives the room back and forgets the account's failures.
 * @throws Refusal `rate_limited` with the seconds to wait
 */
export async function withinAttempts<T>(
  database: Database,
  at: AttemptCircumstances,
  judge: () => Promise<T | null>,
): Promise<T | null> {
  if (attemptPurposes[at.purpose].byKey) {
    const result = await judge();
    if (result === null) await countFailure(database, at);
    return result;
  }
  await takeRoom(database, at);
  const result = await judge();
  if (result !== null) await returnRoom(database, at);
  return result;
}

/** Counts a failed proof with a key. @throws Refusal `rate_limited` once there were too many; before that nothing */
export async function countFailure(database: Database, at: AttemptCircumstances): Promise<void> {
  await takeBuckets(database, at);
}

// Who was told to wait a moment ago need not be looked up again: a flood costs the database nothing while it lasts.
const waiting = new Map<string, number>();
const waitingMax = 10_000;

async function takeBuckets(database: Database, at: AttemptCircumstances): Promise<void> {
  for (const [limit, subject] of bucketsOf(at)) {
    const name = `${limit.name}\n${subject}`;
    const until = waiting.get(name) ?? 0;
    if (until > now().getTime()) throw tooMany(Math.ceil((until - now().getTime()) / 1000));
    const wait = await takePermits(database, limit, subject);
    if (wait === 0) continue;
    if (waiting.size >= waitingMax) waiting.clear();
    waiting.set(name, now().getTime() + Math.min(wait, 5) * 1000);
    await refuse(database, at, limit.name, subject, wait);
  }
}

/** Forgets an account's failures: its owner just proved with a key who they are. */
export async function forgetFailures(database: Database, accounts: readonly string[]): Promise<void> {
  const keys = Object.keys(attemptPurposes).flatMap((purpose) =>
    accounts.map((account) => Buffer.from(limitKey(`account ${purpose}`, account))),
  );
  await database.outsideTenants(
    (tx) => tx.$executeRaw`
      UPDATE rate_limits SET failures = 0, wait_until = NULL, updated_at = clock_timestamp()
      WHERE key = ANY(${keys.map((key) => new Uint8Array(key))}::bytea[]) AND failures > 0`,
  );
}

async function takeRoom(database: Database, at: AttemptCircumstances): Promise<void> {
  await takeBuckets(database, at);
  if (at.account === null) return;
  const { accountFree, accountWaitSeconds, accountWaitSecondsMax, accountFailuresMax } = attemptLimits;
  const name = `account ${at.purpose}`;
  const key = limitKey(name, at.account);
  const [counted] = await database.outsideTenants(
    (tx) => tx.$queryRaw<{ failures: number }[]>`
      INSERT INTO rate_limits AS r (key, full_at, failures, updated_at) VALUES (${key}, clock_timestamp(), 1, clock_timestamp())
      ON CONFLICT (key) DO UPDATE SET failures = r.failures + 1, updated_at = clock_timestamp(),
        wait_until = CASE WHEN r.failures + 1 < ${accountFree} THEN NULL
          ELSE clock_timestamp() + make_interval(secs => LEAST(${accountWaitSecondsMax}, ${accountWaitSeconds} * power(2, LEAST(r.failures + 1 - ${accountFree}, 20)))) END
        WHERE r.failures < ${accountFailuresMax} AND (r.wait_until IS NULL OR r.wait_until <= clock_timestamp())
      RETURNING failures`,
  );
  if (counted) {
    if (counted.failures === accountFree || counted.failures === accountFailuresMax)
      await announceLimit(database, at, 'authn_login_fail_max', key, { limit: name, failures: counted.failures });
    return;
  }
  const [row] = await database.outsideTenants(
    (tx) => tx.$queryRaw<{ wait: number | null }[]>`
      SELECT extract(epoch FROM wait_until - clock_timestamp())::float8 AS wait FROM rate_limits WHERE key = ${key}`,
  );
  await refuse(database, at, name, at.account, Math.max(1, Math.ceil(row?.wait ?? accountWaitSecondsMax)));
}

async function returnRoom(database: Database, at: AttemptCircumstances): Promise<void> {
  for (const [limit, subject] of bucketsOf(at)) await returnPermits(database, limit, subject);
  if (at.account !== null) await forgetFailures(database, [at.account]);
}

function bucketsOf({ purpose, ip }: AttemptCircumstances): [Limit, string][] {
  return [
    [{ name: `network ${purpose}`, ...attemptLimits.network }, networkOf(ip)],
    [{ name: `everybody ${purpose}`, ...attemptLimits.everybody }, ''],
  ];
}

async function refuse(
  database: Database,
  at: AttemptCircumstances,
  name: string,
  subject: string,
  waitSeconds: number,
): Promise<never> {
  const key = limitKey(name, subject);
  await announceLimit(database, at, 'excess_rate_limit_exceeded', key, { limit: name, wait_seconds: waitSeconds });
  throw tooMany(waitSeconds);
}

/** Writes down that a limit was reached; at most one entry a subject in ten minutes, and not more in all than a reader can bear. */
export async function announceLimit(
  database: Database,
  at: AttemptCircumstances,
  action: string,
  key: Uint8Array<ArrayBuffer>,
  detail: JsonObject,
): Promise<void> {
  const isFirst = await database.outsideTenants(
    (tx) => tx.$executeRaw`
      UPDATE rate_limits SET announced_at = clock_timestamp()
      WHERE key = ${key} AND (announced_at IS NULL OR announced_at < clock_timestamp() - interval '10 minutes')`,
  );
  if (isFirst === 0 || (await takePermits(database, announcements, '')) > 0) return;
  const tenantId =
    at.tenantId ??
    (await database.outsideTenants((tx) => tx.tenant.findFirst({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })))
      ?.id;
  if (!tenantId) return;
  const door: Actor = { ...systemActor(tenantId, 'The door'), ip: at.ip };
  await database.inTenant(tenantId, (tx) => appendAudit(tx, door, { action, outcome: 'refused', detail }));
}
