import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '#lib/kernel/command.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { newSecret } from '#lib/kernel/ids.ts';
import { readBreakGlass, sealBreakGlass } from '#lib/staff/break-glass.ts';
import {
  admitBreakGlassKey,
  breakGlassKeyOptions,
  giveBreakGlassKey,
  removeBreakGlassKey,
} from '#lib/staff/break-glass-keys.ts';
import { findDeskSession } from '#lib/staff/desk-sessions.ts';
import { openBreakGlass, openBreakGlassWithKey } from '#lib/staff/open-break-glass.ts';
import { assertionOptions } from '#lib/staff/passkeys.ts';
import { signInWithPasskey } from '#lib/staff/sign-in.ts';
import { SoftAuthenticator, type Tampering } from '#lib/staff/soft-authenticator.ts';
import { anAttempt, type Member, mainTenant, type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

let staff: StaffFixture;
let ada: Member;
let ben: Member;
let adaToken: string;
let benToken: string;
let account: string;
beforeAll(async () => {
  staff = await staffFixture();
  ada = await staff.addOperator({ email: 'ada@example.org' });
  ben = await staff.addOperator({ email: 'ben@example.org' });
  [adaToken, benToken] = [(await staff.signIn(ada)).deskToken, (await staff.signIn(ben)).deskToken];
  await seal();
  account = (await asOwner<{ id: string }>(staff.url, 'SELECT operator_id::text AS id FROM break_glass_accounts'))[0]
    ?.id as string;
});
afterAll(() => staff.close());

const actorOf = async (token: string) => (await staff.current(token)).actor;
const seal = async () =>
  (
    await execute(staff.database, sealBreakGlass, await actorOf(adaToken), {
      firstHolder: 'Ada Example',
      secondHolder: 'Ben Example',
    })
  ).halves;
async function give(key: SoftAuthenticator, token = adaToken): Promise<string> {
  const current = await staff.current(token);
  const options = await breakGlassKeyOptions(staff.database, current);
  return (
    await giveBreakGlassKey(staff.database, current, { name: 'Blue key in the safe', response: key.register(options) })
  ).id;
}
const admit = async (keyId: string, token = benToken) =>
  execute(staff.database, admitBreakGlassKey, await actorOf(token), { keyId });
async function admitted(): Promise<{ key: SoftAuthenticator; id: string }> {
  const key = new SoftAuthenticator();
  const id = await give(key);
  await admit(id);
  return { key, id };
}
let network = 0;
async function open(
  key: SoftAuthenticator,
  tampering: Tampering = {},
  over: { browser?: string; tenant?: string } = {},
) {
  network += 1;
  const browser = newSecret();
  const options = await assertionOptions(staff.database, { purpose: 'break-glass', boundTo: browser, subject: 'main' });
  return openBreakGlassWithKey(
    staff.database,
    { tenant: over.tenant ?? 'main', reason: 'nobody can sign in', response: key.assert(options, account, tampering) },
    { browser: over.browser ?? browser, ip: `198.51.${network}.7`, userAgent: null },
  );
}
const stateNow = async () => staff.database.inTenant(mainTenant, (tx) => readBreakGlass(tx, mainTenant));

describe('a key of the sealed account', () => {
  test('is given by one person and admitted by another, never by the same, nor by the account itself', async () => {
    const key = new SoftAuthenticator();
    const id = await give(key);
    expect(await open(key)).toBeNull();
    await expect(admit(id, adaToken)).rejects.toMatchObject({ code: 'forbidden' });
    // A second account with the first one's mailbox is the same person.
    const alias = await staff.addOperator({ email: 'ada+2@example.org' });
    await expect(admit(id, (await staff.signIn(alias)).deskToken)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      asOwner(
        staff.url,
        `UPDATE break_glass_keys SET admitted_at = now(), admitted_by = 'x', admitted_by_id = added_by_id WHERE id = $1`,
        [id],
      ),
    ).rejects.toThrow(/two_people|second person/);
    await admit(id);
    await expect(admit(id)).rejects.toMatchObject({ code: 'conflict' });
    const [opened = ''] = [await open(key)];
    const current = await staff.current(opened ?? '');
    await expect(breakGlassKeyOptions(staff.database, current)).rejects.toMatchObject({ code: 'forbidden' });
    await seal();
    const helper = await staff.addOperator({ roles: ['help-desk'] });
    await expect(
      breakGlassKeyOptions(staff.database, await staff.current((await staff.signIn(helper)).deskToken)),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await execute(staff.database, removeBreakGlassKey, await actorOf(adaToken), { keyId: id });
    expect(await open(key)).toBeNull();
  });

  test('is a hardware key: a passkey that may be copied is refused, by the desk and by the database', async () => {
    await expect(give(new SoftAuthenticator({ synced: true }))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('can be copied'),
    });
    const { id, key } = await admitted();
    await expect(
      asOwner(staff.url, `UPDATE break_glass_keys SET device_type = 'multiDevice' WHERE id = $1`, [id]),
    ).rejects.toThrow();
    // Registered as one that cannot be copied, then says that it can.
    expect(await open(key, { flags: 0x05 | 0x08 })).toBeNull();
    await execute(staff.database, removeBreakGlassKey, await actorOf(adaToken), { keyId: id });
  });
});

describe('opening with it', () => {
  test('signed for another site, unverified, replayed, from another browser, for another tenant, or as a sign-in: nothing', async () => {
    const { key, id } = await admitted();
    for (const wrong of [
      { origin: 'https://desk.example.net' },
      { rpId: 'example.net' },
      { flags: 0x01 },
      { flipSignature: true },
      { userHandle: ada.id },
      { userHandle: null },
    ] satisfies Tampering[])
      expect(await open(key, wrong), JSON.stringify(wrong)).toBeNull();
    expect(await open(key, {}, { browser: newSecret() })).toBeNull();
    expect(await open(key, {}, { tenant: 'nowhere' })).toBeNull();
    expect(await open(ada.authenticator)).toBeNull();
    const attempt = anAttempt();
    const options = await assertionOptions(staff.database, { purpose: 'sign-in', boundTo: attempt.browser ?? '' });
    expect(await signInWithPasskey(staff.database, key.assert(options, account), attempt)).toBeNull();
    expect((await stateNow()).state).toBe('sealed');
    const failures = await asOwner(
      staff.url,
      `SELECT 1 FROM audit_entries WHERE action = 'authn_login_fail' AND entry LIKE '%"way":"break-glass"%'`,
    );
    expect(failures.length).toBeGreaterThanOrEqual(8);
    await execute(staff.database, removeBreakGlassKey, await actorOf(adaToken), { keyId: id });
  });

  test('lasts an hour, raises a critical signal, tells everybody; then it is sealed anew before it serves again', async () => {
    const { key } = await admitted();
    const halves = await seal();
    await asOwner(staff.url, 'DELETE FROM signals');
    const token = (await open(key)) ?? '';
    const session = await findDeskSession(staff.database, token, { extend: false });
    expect(session).toMatchObject({ way: 'break-glass', roles: ['administrator'], operatorId: account });
    expect(session?.absoluteSecondsLeft).toBeLessThanOrEqual(3600);
    expect(await stateNow()).toMatchObject({ state: 'open', openedWith: 'the hardware key "Blue key in the safe"' });
    expect(await asOwner(staff.url, 'SELECT severity, summary FROM signals')).toEqual([
      {
        severity: 'critical',
        summary: 'The break-glass account was opened with the hardware key "Blue key in the safe": nobody can sign in',
      },
    ]);
    const told = await asOwner<{ address: string }>(
      staff.url,
      `SELECT DISTINCT address FROM notices WHERE body LIKE '%opened with the hardware key%'`,
    );
    expect(told.map(({ address }) => address)).toEqual(expect.arrayContaining(['ada@example.org', 'ben@example.org']));
    const [entry] = await asOwner<{ entry: string }>(
      staff.url,
      `SELECT entry FROM audit_entries WHERE action = 'break_glass_opened' ORDER BY seq DESC LIMIT 1`,
    );
    expect(JSON.parse(entry?.entry ?? '{}').detail).toMatchObject({ key: 'Blue key in the safe' });

    expect(await open(key)).toBeNull();
    const [firstHalf = '', secondHalf = ''] = halves;
    const byHalves = { tenant: 'main', firstHalf, secondHalf, reason: 'once more' };
    expect(await openBreakGlass(staff.database, byHalves, { ip: '198.51.200.7', userAgent: null })).toBeNull();
    await seal();
    expect(await findDeskSession(staff.database, token, { extend: false })).toBeNull();
    expect(await open(key)).not.toBeNull();
    await seal();
  });
});
