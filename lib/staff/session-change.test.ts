import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { authenticateCaller } from '#lib/staff/authenticate-caller.ts';
import { sessionCookie } from '#lib/staff/cookies.ts';
import { findDeskSession } from '#lib/staff/desk-sessions.ts';
import { changeOf, findWatchedSession, type SessionChange, sessionChanges } from '#lib/staff/session-change.ts';
import { type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

let staff: StaffFixture;
beforeAll(async () => {
  staff = await staffFixture();
});
afterAll(() => staff.close());

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0';
const newer = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0.1';
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const onMac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:139.0) Gecko/20100101 Firefox/139.0';
const home = '198.51.100.7';
/** 192.0.2.0/24 and 198.51.100.0/24 are one operator's, 203.0.113.0/24 another's. */
const asnOf = (ip: string) => (ip.startsWith('203.0.113.') ? 64_501 : /^(192|198)\./.test(ip) ? 64_500 : null);

describe('[v5.0.0-V8.2.4] what a request may differ in from its session', () => {
  const cases: [string, { ip?: string | null; userAgent?: string | null; way?: 'break-glass' }, SessionChange][] = [
    ['nothing', {}, 'none'],
    ['a newer version of the browser', { userAgent: newer }, 'version'],
    ['the next address of the same network', { ip: '198.51.100.8' }, 'network'],
    ['another network of the same operator', { ip: '192.0.2.1' }, 'network'],
    ['a network of another operator', { ip: '203.0.113.1' }, 'elsewhere'],
    ['a network nobody knows', { ip: '2001:db8::1' }, 'elsewhere'],
    ['a private network, from a public one', { ip: '10.0.0.1' }, 'elsewhere'],
    ['another operator, in a break-glass session', { ip: '203.0.113.1', way: 'break-glass' }, 'elsewhere, break-glass'],
    ['another browser', { userAgent: chrome }, 'browser'],
    ['the browser of another system', { userAgent: onMac }, 'browser'],
    ['no browser named', { userAgent: null }, 'browser'],
    ['a script', { userAgent: 'curl/8.5.0' }, 'browser'],
    ['both at once: the graver counts', { ip: '203.0.113.1', userAgent: chrome }, 'browser'],
    ['an address that is not known: a call inside the process', { ip: null }, 'none'],
  ];
  test.each(cases)('%s', (_what, { way, ...now }, expected) => {
    expect(
      changeOf(
        { ip: home, userAgent: firefox, way: way ?? 'passkey' },
        { ip: home, userAgent: firefox, ...now },
        asnOf,
      ),
    ).toBe(expected);
  });

  test('the desk on one’s own machine or in one’s own house is reached by several addresses', () => {
    for (const [from, to] of [
      ['127.0.0.1', '::1'],
      ['192.168.1.5', '10.8.0.3'],
    ] as const)
      expect(changeOf({ ip: from, userAgent: null, way: 'passkey' }, { ip: to, userAgent: null }, asnOf)).toBe(
        'network',
      );
  });

  test('the policy is written down as it is', () => {
    const file = path.resolve(import.meta.dirname, '../../.github/decisions/2026-11-24-operators.md');
    const rows = [...readFileSync(file, 'utf8').matchAll(/^\| (.+?)\s*\| (goes on|passkey|ends)\s*\|$/gm)];
    expect(Object.fromEntries(rows.map(([, title = '', outcome]) => [title, outcome]))).toEqual(
      Object.fromEntries(Object.values(sessionChanges).map(({ title, outcome }) => [title, outcome])),
    );
  });
});

/** A session that began at home in Firefox, and a way to ask in it from elsewhere. */
async function signedIn(roles = ['administrator']) {
  const ada = await staff.addOperator({ roles });
  const { deskToken } = await staff.signIn(ada, { ip: home, userAgent: firefox });
  const ask = (ip: string, userAgent: string, token = deskToken) =>
    authenticateCaller(
      staff.database,
      new Request('http://localhost:3000/api/v1/me/session', {
        headers: { cookie: `${sessionCookie}=${token}`, 'x-gatehouse-client-ip': ip, 'user-agent': userAgent },
      }),
    );
  const entries = (action: string) =>
    asOwner<{ detail: string }>(
      staff.url,
      `SELECT entry AS detail FROM audit_entries WHERE action = $1 AND actor_id = '${ada.id}'`,
      [action],
    );
  return { ada, deskToken, ask, entries };
}

describe('[v5.0.0-V8.2.4] inside of a session', () => {
  test('from another operator of networks it may nothing until a passkey is shown; the audit says so once', async () => {
    const { ada, deskToken, ask, entries } = await signedIn();
    expect((await ask(home, firefox)).actor.permissions.has('staff:manage')).toBe(true);
    const elsewhere = await Promise.all(Array.from({ length: 5 }, () => ask('2001:db8::1', firefox)));
    for (const { actor, session } of [...elsewhere, await ask('2001:db8::1', firefox)]) {
      expect(session?.limitedTo).toBe('passkey');
      expect(actor.permissions.size).toBe(0);
      expect(actor.passkeyProofAgeSeconds).toBeNull();
    }
    expect(await entries('session_moved')).toHaveLength(1);
    expect((await entries('session_moved'))[0]?.detail).toContain('2001:db8::1');
    // At home again it stays limited: which of the two is the thief is not known.
    expect((await ask(home, firefox)).session?.limitedTo).toBe('passkey');
    const renewed = await staff.stepUp(ada, deskToken);
    expect((await ask(home, firefox, renewed)).actor.permissions.has('staff:manage')).toBe(true);
    expect(await findDeskSession(staff.database, deskToken, { extend: false })).toBeNull();
  });

  test('in another browser it ends, for the thief and for the operator, and the audit says so once', async () => {
    const { deskToken, ask, entries } = await signedIn();
    await expect(ask(home, chrome)).rejects.toMatchObject({ code: 'not_signed_in' });
    await expect(ask(home, firefox)).rejects.toMatchObject({ code: 'not_signed_in' });
    const thief = new Headers({ 'x-gatehouse-client-ip': home });
    expect(await findWatchedSession(staff.database, deskToken, thief, { extend: true })).toBeNull();
    expect(await entries('session_ended_by_change')).toHaveLength(1);
  });

  test('a newer version and the next address go on', async () => {
    const { ask, entries } = await signedIn();
    expect((await ask('198.51.100.8', newer)).session).toMatchObject({ limitedTo: null });
    expect((await ask('198.51.100.8', newer)).session).toMatchObject({ limitedTo: null, ip: '198.51.100.8' });
    expect(await entries('session_moved')).toEqual([]);
  });
});
