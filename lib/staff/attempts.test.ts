import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import {
  type AttemptCircumstances,
  attemptLimits,
  attemptPurposes,
  forgetFailures,
  withinAttempts,
} from '#lib/staff/attempts.ts';
import { forgetOldLimits, networkOf, takePermitQuickly, takePermits } from '#lib/staff/rate-limit.ts';
import { authenticateToken, createServiceToken } from '#lib/staff/service-tokens.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
let made: Awaited<ReturnType<typeof testDatabase>>;
let one: Database;
let other: Database;

beforeAll(async () => {
  made = await testDatabase();
  const open = (name: string) => openDatabase({ url: made.url, name, connections: 6, statementTimeoutMs: 10_000 });
  [one, other] = [open('one instance'), open('another instance')];
});
afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  await made.close();
});

const address = () => `203.0.${randomBytes(1)[0]}.${randomBytes(1)[0]}`;
const network = () => `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}::1`;
const wrong = async () => null;
const right = async () => 'in';
const outcome = (work: Promise<unknown>) =>
  work.then(
    (result) => (result === null ? 'wrong' : 'in'),
    (error: unknown) => (error instanceof Refusal ? error.code : 'error'),
  );

describe('[v5.0.0-V6.3.1] guessing a secret', () => {
  test('the eleventh failure in a row waits, on every instance, longer each time; a hundred in a row close that way in', async () => {
    const at = (database: Database) =>
      withinAttempts(database, { purpose: 'password', account: 'ada@example.org', ip: network() }, wrong);
    for (let count = 0; count < attemptLimits.accountFree; count += 1)
      expect(await outcome(at(count % 2 === 0 ? one : other))).toBe('wrong');
    const refused = await at(other).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) });
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await asOwner(
        made.url,
        `UPDATE rate_limits SET wait_until = clock_timestamp() - interval '1 ms' WHERE wait_until IS NOT NULL`,
      );
      expect(await outcome(at(one))).toBe('wrong');
      const [after] = await asOwner<{ wait: number }>(
        made.url,
        'SELECT round(extract(epoch FROM wait_until - updated_at))::float8 AS wait FROM rate_limits WHERE wait_until IS NOT NULL',
      );
      waits.push(after?.wait ?? 0);
    }
    expect(waits).toEqual([60, 120, 240, 480]);
    await asOwner(made.url, `UPDATE rate_limits SET failures = 100, wait_until = NULL WHERE failures > 10`);
    expect(await outcome(at(one))).toBe('rate_limited');
    // Even the right password: this way in is closed, the others are not.
    expect(
      await outcome(withinAttempts(other, { purpose: 'password', account: 'ada@example.org', ip: network() }, right)),
    ).toBe('rate_limited');
    await forgetFailures(one, ['ada@example.org']);
    expect(
      await outcome(withinAttempts(other, { purpose: 'password', account: 'ada@example.org', ip: network() }, right)),
    ).toBe('in');
  });

  test('forty at the same moment on two instances are not more than ten', async () => {
    let judged = 0;
    const tries = await Promise.all(
      Array.from({ length: 40 }, (_, count) =>
        outcome(
          withinAttempts(
            count % 2 === 0 ? one : other,
            { purpose: 'totp', account: 'parallel', ip: network() },
            async () => {
              judged += 1;
              return null;
            },
          ),
        ),
      ),
    );
    expect(judged).toBe(attemptLimits.accountFree);
    expect(tries.filter((each) => each === 'rate_limited')).toHaveLength(40 - attemptLimits.accountFree);
  });

  test('an account that does not exist waits exactly as one that does', async () => {
    const run = async (account: string) => {
      const results: string[] = [];
      for (let count = 0; count < 12; count += 1)
        results.push(await outcome(withinAttempts(one, { purpose: 'password', account, ip: network() }, wrong)));
      return results;
    };
    expect(await run('nobody@example.org')).toEqual(await run('somebody@example.org'));
  });
});

describe('[v5.0.0-V6.1.1] nobody is locked out by others', () => {
  test('after 1,000 failures from one network a valid passkey works at once, from there and from elsewhere', async () => {
    const ip = address();
    const at: AttemptCircumstances = { purpose: 'passkey', account: 'victim', ip };
    const results = new Map<string, number>();
    for (let count = 0; count < 1000; count += 1) {
      const result = await outcome(withinAttempts(count % 2 === 0 ? one : other, at, wrong));
      results.set(result, (results.get(result) ?? 0) + 1);
    }
    expect(results.get('wrong')).toBeLessThanOrEqual(attemptLimits.network.burst + attemptLimits.network.perMinute);
    expect(await outcome(withinAttempts(one, at, right))).toBe('in');
    expect(await outcome(withinAttempts(other, { ...at, ip: address() }, right))).toBe('in');
  });

  test('the rules are written down as they are: every thing tried, every limit, every number', () => {
    const file = path.resolve(import.meta.dirname, '../../.github/decisions/2026-11-24-operators.md');
    const written = readFileSync(file, 'utf8').split('## Guessing')[1]?.split('\n## ')[0] ?? '';
    const rows = [...written.matchAll(/^\| `([\w -]+)`[^|]*\| (yes|no)\s*\|$/gm)].map(([, name, key]) => [
      name,
      key === 'yes',
    ]);
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(attemptPurposes).map(([name, { byKey }]) => [name, byKey])),
    );
    const limits = [...written.matchAll(/^\| `([\w -]+)`[^|\n]*\| (\w[\w ]*?) *\| (\w[\w ]*?) *\|$/gm)];
    const numbers = Object.fromEntries(limits.map(([, name, burst, perMinute]) => [name, [burst, perMinute]]));
    for (const name of ['network', 'everybody'] as const)
      expect(numbers[name]).toEqual([attemptLimits[name].burst, attemptLimits[name].perMinute].map(String));
    // Limits elsewhere in the code carry their name and numbers where they are declared.
    const code = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(path.join(import.meta.dirname, name), 'utf8'))
      .join('\n');
    const declared = [...code.matchAll(/name: '([\w ]+)', burst: (\w+), perMinute(?:: (\w+))?/g)];
    expect(declared.map(([, name]) => name).sort()).toEqual(
      Object.keys(numbers)
        .filter((name) => name !== 'network' && name !== 'everybody')
        .sort(),
    );
    for (const [, name = '', burst, perMinute] of declared)
      expect(numbers[name]).toEqual(burst === 'perMinute' ? ['as made', 'as made'] : [burst, perMinute]);
    for (const words of [
      `after ${attemptLimits.accountFree} failures in a row: ${attemptLimits.accountWaitSeconds} seconds`,
      `after ${attemptLimits.accountFailuresMax}\nin a row`,
    ])
      expect(written).toContain(words);
    expect(attemptLimits.accountWaitSecondsMax).toBe(3_600);
  });

  test('a service token keeps working while its network is flooded with wrong ones', async () => {
    const ip = address();
    const { token } = await execute(one, createServiceToken, systemActor(tenantId, 'test', ['tokens:manage']), {
      name: 'steady',
      scopes: ['events:read'],
    });
    const ask = (bearer: string) =>
      outcome(
        authenticateToken(other, new Headers({ authorization: `Bearer ${bearer}`, 'x-gatehouse-client-ip': ip })),
      );
    const wrongToken = `ght_${'A'.repeat(43)}`;
    const seen = new Set<string>();
    for (let count = 0; count < 40; count += 1) seen.add(await ask(wrongToken));
    expect(seen).toEqual(new Set(['not_signed_in', 'rate_limited']));
    expect(await ask(token)).toBe('in');
  });
});

describe('[v5.0.0-V2.4.1] limits', () => {
  test('a token may ask so often a minute and no more; it is told how long to wait; one entry stands in the audit', async () => {
    const { token } = await execute(one, createServiceToken, systemActor(tenantId, 'test', ['tokens:manage']), {
      name: 'busy',
      scopes: ['events:read'],
      requestsPerMinute: 5,
    });
    const ask = () => authenticateToken(one, new Headers({ authorization: `Bearer ${token}` }));
    const results = await Promise.all(Array.from({ length: 12 }, () => outcome(ask())));
    expect(results.filter((each) => each === 'in')).toHaveLength(5);
    expect(await ask().catch((error: unknown) => error)).toMatchObject({ retryAfterSeconds: expect.any(Number) });
    const entries = await asOwner(
      made.url,
      `SELECT 1 FROM audit_entries WHERE action = 'excess_rate_limit_exceeded' AND entry LIKE '%busy%'`,
    );
    expect(entries).toHaveLength(1);
  });

  test('permits come back with time, and the row outlives a restart: it is in the database', async () => {
    const limit = { name: 'test', burst: 3, perMinute: 60 };
    for (let count = 0; count < 3; count += 1) expect(await takePermits(one, limit, 'x')).toBe(0);
    expect(await takePermits(other, limit, 'x')).toBeGreaterThan(0);
    await asOwner(made.url, `UPDATE rate_limits SET full_at = full_at - interval '1 second'`);
    expect(await takePermits(other, limit, 'x')).toBe(0);
    expect(await takePermits(one, limit, 'x')).toBeGreaterThan(0);
    expect(await takePermits(one, limit, 'y')).toBe(0);
  });

  test('handfuls of permits never pass the limit in sum', async () => {
    const limit = { name: 'handful', burst: 100, perMinute: 1 };
    const taken = await Promise.all(
      Array.from({ length: 300 }, (_, at) => takePermitQuickly(at % 2 ? one : other, limit, 'z')),
    );
    expect(taken.filter((wait) => wait === 0).length).toBeLessThanOrEqual(100);
    expect(taken.filter((wait) => wait === 0).length).toBeGreaterThan(80);
  });

  test('a flood from many places fills neither the audit nor the table for ever', async () => {
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let from = 0; from < 15; from += 1) {
          const ip = network();
          await takePermits(
            one,
            { name: 'network intake', ...attemptLimits.network },
            networkOf(ip),
            attemptLimits.network.burst,
          );
          await outcome(withinAttempts(one, { purpose: 'intake', account: null, ip }, wrong));
        }
      }),
    );
    const [entries] = await asOwner<{ n: number }>(
      made.url,
      `SELECT count(*)::int AS n FROM audit_entries WHERE action = 'excess_rate_limit_exceeded'`,
    );
    expect(entries?.n).toBeLessThanOrEqual(61);
    await asOwner(
      made.url,
      `UPDATE rate_limits SET updated_at = now() - interval '40 days', full_at = now() - interval '1 day', wait_until = NULL`,
    );
    expect(await forgetOldLimits(one)).toBeGreaterThan(90);
  });

  test('the last digits of an address change nothing', () => {
    expect(networkOf('203.0.113.7')).toBe(networkOf('203.0.113.200'));
    expect(networkOf('::ffff:203.0.113.7')).toBe(networkOf('203.0.113.200'));
    expect(networkOf('2001:db8:1:2::1')).toBe(networkOf('2001:db8:1:2:ffff::1'));
    expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:3::1'));
    expect(networkOf('203.0.113.7')).not.toBe(networkOf('203.0.114.7'));
    expect(networkOf(null)).toBe(networkOf('nonsense'));
  });
});
