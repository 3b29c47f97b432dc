import { dictionary } from '@zxcvbn-ts/language-common';
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { execute } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { beginCodeGenerator, confirmCodeGenerator, setPassword } from '#lib/staff/authenticators/own-password.ts';
import { renewCodes } from '#lib/staff/authenticators/own-recovery.ts';
import { findDeskSession } from '#lib/staff/desk-sessions.ts';
import { hashPassword, verifyPassword } from '#lib/staff/password/hash-password.ts';
import { isBreached, judgePassword } from '#lib/staff/password/judge-password.ts';
import { newRecoveryCode, readRecoveryCode } from '#lib/staff/recovery-codes.ts';
import { signInWithPassword } from '#lib/staff/sign-in-with-password.ts';
import { anAttempt, type Member, mainTenant, type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

const password = 'mürrischer Otter zählt Laternen';
const common = Object.values(dictionary['passwords-common'] ?? {}).map(String);

describe('what a password may be', () => {
  test('[v5.0.0-V6.2.1] fourteen characters are too few, fifteen unrelated ones do', () => {
    expect(judgePassword('kV8#tQz!mW3^pL', [])).toMatch(/at least 15 characters; this has 14/);
    expect(judgePassword('kV8#tQz!mW3^pLx', [])).toBeNull();
    // Counted in characters, not in UTF-16 units, after NFKC.
    expect(judgePassword('🐌🐙🦑🐡🐠🐟🦈🐬🐳🐋🦭🐊🐅🐆', [])).toMatch(/this has 14/);
    expect(judgePassword('x9'.repeat(65), [])).toMatch(/at most 128/);
    expect(judgePassword(password, [])).toBeNull();
  });

  test('[v5.0.0-V6.2.4] none of the 3,000 most common ones, nor any on the list that is long enough', () => {
    const long = common.filter((word) => [...word].length >= 15);
    expect(long.length).toBeGreaterThan(20);
    for (const word of [...common.slice(0, 3_000), ...long, ...long.map((word) => word.toUpperCase())])
      expect(judgePassword(word, []), word).not.toBeNull();
    for (const word of common.slice(0, 300))
      expect(judgePassword(word.repeat(4).slice(0, 40), []), word).not.toBeNull();
  });

  test('[v5.0.0-V6.2.12] every one of 10,000 breached ones is found, in any case', () => {
    const sample = common.filter((_, n) => n % Math.floor(common.length / 10_000) === 0).slice(0, 10_000);
    expect(sample.length).toBe(10_000);
    expect(sample.filter((word) => !isBreached(word) || !isBreached(word.toUpperCase()))).toEqual([]);
    expect(isBreached(password)).toBe(false);
  });

  test.each([
    'passwordpassword',
    'gatehouse gatehouse 1',
    'ada.lovelace@example.org',
    'Ada Lovelace 1815!',
    'qwertyuiopasdfghjkl',
    'aaaaaaaaaaaaaaaaaaaa',
    '123456789987654321',
    'summer2024summer2024',
  ])('%s is refused', (weak) => {
    expect(judgePassword(weak, ['ada.lovelace@example.org', 'Ada Lovelace'])).not.toBeNull();
  });

  test('[v5.0.0-V6.2.8] [v5.0.0-V11.4.2] it is verified whole and exactly: no trimming, cutting or folding of case', async () => {
    const long = `${'Ärgerliche Eulen '.repeat(7)}fliegen!`.slice(0, 128);
    expect([...long].length).toBeGreaterThanOrEqual(100);
    const hash = await hashPassword(long);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword(hash, long)).toBe(true);
    // The same text composed otherwise is the same password (NFKC).
    expect(await verifyPassword(hash, long.normalize('NFD'))).toBe(true);
    const cut = Buffer.from(long).subarray(0, 72).toString('utf8');
    for (const other of [cut, `${long} `, ` ${long}`, long.toLowerCase(), long.slice(0, -1)])
      expect(await verifyPassword(hash, other)).toBe(false);
  });
});

describe('signing in with password and code', () => {
  let staff: StaffFixture;
  let ada: Member;
  let secret: string;
  let network = 0;
  beforeAll(async () => {
    staff = await staffFixture();
    ada = await staff.addOperator({ roles: ['viewer'] });
    secret = await giveCode(ada);
  });
  afterAll(() => staff.close());

  async function giveCode(member: Member): Promise<string> {
    const { actor } = await staff.current((await staff.signIn(member)).deskToken);
    await execute(staff.database, setPassword, actor, { password });
    const made = await execute(staff.database, beginCodeGenerator, actor, {});
    await execute(staff.database, confirmCodeGenerator, actor, { code: await codeOf(made.secret, -30) });
    return made.secret;
  }
  /** A code by the database's clock; each test moves the used step back so that none waits for the next 30 seconds. */
  async function codeOf(of: string, plusSeconds = 0): Promise<string> {
    const [row] = await asOwner<{ epoch: number }>(
      staff.url,
      'SELECT extract(epoch FROM clock_timestamp())::int AS epoch',
    );
    return generate({ secret: of, epoch: (row?.epoch ?? 0) + plusSeconds });
  }
  const freshStep = () => asOwner(staff.url, 'UPDATE operator_totps SET last_step = 0; DELETE FROM rate_limits');
  // Each from a network of its own: the limits are tested elsewhere.
  const attempt = () => {
    network += 1;
    return anAttempt({ ip: `198.${18 + (network >> 8)}.${network & 255}.1` });
  };
  // Whoever has to wait (many tries at one account at once) has not signed in.
  const signIn = (given: object, database: Database = staff.database) =>
    signInWithPassword(database, { email: ada.email, password, code: '000000', ...given }, attempt()).catch((error) => {
      if (error instanceof Refusal && error.code === 'rate_limited') return null;
      throw error;
    });

  test('[v5.0.0-V6.3.3] both right: a session; either one missing or wrong: none', async () => {
    await freshStep();
    const code = await codeOf(secret);
    for (const wrong of [
      { code: undefined },
      { code: '' },
      { code: '12345' },
      { code, password: `${password} ` },
      { code: '999999' },
    ])
      expect(await signIn(wrong)).toBeNull();
    const signedIn = await signIn({ code });
    expect(await findDeskSession(staff.database, signedIn?.deskToken ?? '', { extend: false })).toMatchObject({
      way: 'password',
      passkeyProofAgeSeconds: null,
      limitedTo: null,
    });
    const admin = await staff.addOperator({ roles: ['administrator'] });
    const other = await giveCode(admin);
    await freshStep();
    const limited = await signIn({ email: admin.email, code: await codeOf(other) });
    const { session, actor } = await staff.current(limited?.deskToken ?? '');
    expect(session.limitedTo).toBe('passkey');
    expect(actor.permissions.size).toBe(0);
    const proved = await staff.stepUp(admin, limited?.deskToken ?? '');
    expect((await staff.current(proved)).actor.permissions.has('staff:manage')).toBe(true);
  });

  test('[v5.0.0-V6.5.1] a code counts once, however many try at once; an earlier one is dead after it', async () => {
    await freshStep();
    const [code, before] = [await codeOf(secret), await codeOf(secret, -30)];
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => signIn({ code })));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await signIn({ code })).toBeNull();
    expect(await signIn({ code: before })).toBeNull();
  });

  test('[v5.0.0-V6.5.5] [v5.0.0-V6.5.8] steps of 30 seconds, one before and one after, by the database clock alone', async () => {
    for (const [plus, ok] of [
      [-60, false],
      [-30, true],
      [30, true],
      [60, false],
    ] as const) {
      await freshStep();
      expect((await signIn({ code: await codeOf(secret, plus) })) !== null, `${plus} s`).toBe(ok);
    }
    await freshStep();
    vi.useFakeTimers({ now: Date.now() + 600_000, toFake: ['Date'] });
    try {
      expect(await signIn({ code: await codeOf(secret) })).not.toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  test('[v5.0.0-V6.4.1] recovery codes: 10,000 without a repeat, 120 bits each, read however they are typed', () => {
    const codes = Array.from({ length: 10_000 }, newRecoveryCode);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => /^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/.test(code))).toBe(true);
    const one = codes[0] ?? '';
    expect(readRecoveryCode(` ${one.toLowerCase().replaceAll('-', ' ')} `)).toBe(one.replaceAll('-', ''));
    expect(readRecoveryCode('0000-0000')).toBeNull();
  });

  test('[v5.0.0-V6.5.1] [v5.0.0-V6.5.2] [v5.0.0-V6.4.3] a recovery code: once, second factor only, kept as a hash, and it opens nothing but a new passkey', async () => {
    const grace = await staff.addOperator({ roles: ['administrator'] });
    await giveCode(grace);
    const { actor } = await staff.current((await staff.signIn(grace)).deskToken);
    const { codes } = await execute(staff.database, renewCodes, actor, {});
    expect(codes).toHaveLength(10);
    const stored = await asOwner<{ row: string }>(staff.url, 'SELECT c::text AS row FROM recovery_codes c');
    expect(stored.some(({ row }) => codes.some((code) => row.includes(code)))).toBe(false);
    const [code = ''] = codes;
    const given = { email: grace.email, code };
    expect(await signIn({ ...given, password: 'wrong and long enough' })).toBeNull();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => signIn(given)));
    const [signedIn, ...more] = outcomes.filter((outcome) => outcome !== null);
    expect(more).toHaveLength(0);
    const recovered = await staff.current(signedIn?.deskToken ?? '');
    expect(recovered.session).toMatchObject({ way: 'recovery', limitedTo: 'recovery' });
    expect(recovered.actor.permissions.size).toBe(0);
    await expect(execute(staff.database, renewCodes, recovered.actor, {})).rejects.toMatchObject({
      code: 'step_up_required',
    });
    expect(await signIn({ email: ada.email, code: codes[1] })).toBeNull();
    // New codes kill the old ones.
    await execute(staff.database, renewCodes, actor, {});
    expect(await signIn({ email: grace.email, code: codes[1] })).toBeNull();
  });

  test('[v5.0.0-V6.3.8] no answer and no work tells an unknown account, a wrong password, a wrong code and a disabled one apart', async () => {
    const disabled = await staff.addOperator({ roles: ['viewer'] });
    const bare = await staff.addOperator({ roles: ['viewer'] });
    await giveCode(disabled);
    await asOwner(staff.url, 'UPDATE operators SET disabled_at = now() WHERE id = $1', [disabled.id]);
    const cases = [
      { email: 'nobody@example.org' },
      { email: ada.email, password: 'not the password at all' },
      { email: ada.email },
      { email: disabled.email },
      { email: bare.email },
    ];
    const work: { statements: number; answer: unknown; entries: number }[] = [];
    for (const given of cases) {
      await freshStep();
      const before = await written();
      let statements = 0;
      const counting: Database = {
        ...staff.database,
        inTenant: (tenantId, run) =>
          staff.database.inTenant(tenantId, (tx) => run(counted(tx, () => (statements += 1)))),
        outsideTenants: (run) => staff.database.outsideTenants((tx) => run(counted(tx, () => (statements += 1)))),
      };
      const answer = await signIn(given, counting);
      work.push({ statements, answer, entries: (await written()) - before });
    }
    expect(work[0]).toMatchObject({ answer: null, entries: 2 });
    expect(work[0]?.statements).toBeGreaterThan(3);
    for (const one of work) expect(one).toEqual(work[0]);
  });

  /** Audit entries and records at the door: each attempt leaves one of both. */
  async function written(): Promise<number> {
    const [row] = await asOwner<{ n: number }>(
      staff.url,
      "SELECT ((SELECT count(*) FROM audit_entries WHERE action = 'authn_login_fail') + (SELECT count(*) FROM desk_records))::int AS n",
    );
    return row?.n ?? 0;
  }

  test('[v5.0.0-V6.3.5] [v5.0.0-V16.3.1] failures before a success are told to every address, and the audit has the words of OWASP', async () => {
    const eve = await staff.addOperator({ roles: ['viewer'] });
    await asOwner(
      staff.url,
      "UPDATE operators SET notification_addresses = '{eve.private@example.org}' WHERE id = $1",
      [eve.id],
    );
    const hers = await giveCode(eve);
    await freshStep();
    for (let n = 0; n < 5; n += 1)
      expect(await signIn({ email: eve.email, password: 'wrong and long enough' })).toBeNull();
    expect(await signIn({ email: eve.email, code: await codeOf(hers) })).not.toBeNull();
    const notices = await asOwner<{ address: string; body: string }>(
      staff.url,
      "SELECT address, body FROM notices WHERE kind = 'sign-in' AND operator_id = $1 ORDER BY address",
      [eve.id],
    );
    expect(notices.map(({ address }) => address)).toEqual([eve.email, 'eve.private@example.org'].sort());
    expect(notices[0]?.body).toContain('5 failed attempts came before it');
    const actions = await asOwner<{ action: string }>(
      staff.url,
      "SELECT DISTINCT action FROM audit_entries WHERE tenant_id = $1 AND (target_id = $2 OR actor_id = $2) AND action LIKE 'authn_login%'",
      [mainTenant, eve.id],
    );
    expect(actions.map(({ action }) => action).sort()).toEqual([
      'authn_login_fail',
      'authn_login_success',
      'authn_login_successafterfail',
    ]);
  });
});

/** The transaction with every statement counted. */
function counted<T extends object>(tx: T, count: () => void): T {
  return new Proxy(tx, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value === 'function')
        return (...args: unknown[]) => {
          count();
          return (value as (...args: unknown[]) => unknown).apply(target, args);
        };
      return value && typeof value === 'object' && typeof name === 'string' && !name.startsWith('_')
        ? counted(value, count)
        : value;
    },
  });
}
