import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute } from '#lib/kernel/command.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { addOwnPasskey, ownPasskeyOptions, removePasskey } from '#lib/staff/authenticators/own-passkeys.ts';
import { renewCodes, setNotificationAddresses } from '#lib/staff/authenticators/own-recovery.ts';
import { findDeskSession } from '#lib/staff/desk-sessions.ts';
import { enrolmentLink, ensureFirstAdministratorLink } from '#lib/staff/invite.ts';
import { registrationOptions } from '#lib/staff/new-passkey.ts';
import { setRolePolicy } from '#lib/staff/set-role-policy.ts';
import { signInWithEnrolment } from '#lib/staff/sign-in.ts';
import { SoftAuthenticator } from '#lib/staff/soft-authenticator.ts';
import { anAttempt, type Member, mainTenant, type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

let staff: StaffFixture;
beforeAll(async () => {
  staff = await staffFixture();
});
afterAll(() => staff.close());

async function add(token: string, authenticator: SoftAuthenticator) {
  const current = await staff.current(token);
  const options = await ownPasskeyOptions(staff.database, current);
  return addOwnPasskey(staff.database, current, { name: 'another', response: authenticator.register(options) });
}
const stale = (member: Member) =>
  asOwner(
    staff.url,
    "UPDATE operator_sessions SET passkey_proved_at = now() - interval '6 minutes' WHERE operator_id = $1",
    [member.id],
  );
const noticesTo = (member: Member) =>
  asOwner<{ address: string; subject: string }>(
    staff.url,
    'SELECT address, subject FROM notices WHERE operator_id = $1 ORDER BY created_at, address',
    [member.id],
  );

test('[v5.0.0-V6.3.2] [v5.0.0-V6.4.1] a fresh desk has no account; its one link makes the first, who finishes the enrolment before anything opens', async () => {
  expect(await asOwner(staff.url, 'SELECT id FROM operators')).toEqual([]);
  const link = await ensureFirstAdministratorLink(staff.database, 'http://localhost:3000');
  const token = link?.split('#')[1] ?? '';
  expect(link).toBe(enrolmentLink('http://localhost:3000', token));
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  const [row] = await asOwner<{ id: string }>(
    staff.url,
    "SELECT id FROM enrolments WHERE expires_at <= now() + interval '1 hour' AND used_at IS NULL",
  );
  // Older than an hour it is as good as used.
  const aged = (minutes: number) =>
    asOwner(staff.url, 'UPDATE enrolments SET expires_at = expires_at - make_interval(mins => $1)', [minutes]);
  const authenticator = new SoftAuthenticator();
  const enrol = async (attempt = anAttempt()) => {
    const binding = { purpose: 'enrolment' as const, boundTo: attempt.browser ?? '', subject: row?.id ?? '' };
    const person = { operatorId: row?.id ?? '', email: 'first@example.org', displayName: 'First' };
    const options = await registrationOptions(staff.database, { ...binding, ...person });
    return signInWithEnrolment(
      staff.database,
      {
        token,
        email: 'first@example.org',
        displayName: 'First',
        passkeyName: 'one',
        response: authenticator.register(options),
      },
      attempt,
    );
  };
  await aged(61);
  await expect(enrol()).rejects.toMatchObject({ code: 'gone' });
  await aged(-61);
  const signedIn = await enrol();
  const first = await staff.current(signedIn?.deskToken ?? '');
  expect(first.session.limitedTo).toBe('enrolment');
  expect(first.actor.permissions.size).toBe(0);
  await expect(enrol()).rejects.toMatchObject({ code: 'gone' });
  const made = await execute(staff.database, renewCodes, first.actor, {});
  expect(made).toMatchObject({ completed: true, codes: expect.objectContaining({ length: 10 }) });
  const after = await staff.current(signedIn?.deskToken ?? '');
  expect(after.session.limitedTo).toBeNull();
  expect(after.actor.permissions.has('staff:manage')).toBe(true);
  expect(await ensureFirstAdministratorLink(staff.database, 'http://localhost:3000')).toBeNull();
});

test('[v5.0.0-V6.3.7] [v5.0.0-V7.5.1] adding and removing takes a fresh proof, and every address is told', async () => {
  const ada = await staff.addOperator({ roles: ['viewer'] });
  const { deskToken } = await staff.signIn(ada);
  await stale(ada);
  await expect(add(deskToken, new SoftAuthenticator())).rejects.toMatchObject({ code: 'step_up_required' });
  const fresh = await staff.stepUp(ada, deskToken);
  await execute(staff.database, setNotificationAddresses, (await staff.current(fresh)).actor, {
    addresses: ['ada@private.example'],
  });
  const { id } = await add(fresh, new SoftAuthenticator());
  await execute(staff.database, setNotificationAddresses, (await staff.current(fresh)).actor, { addresses: [] });
  const told = await noticesTo(ada);
  const both = [ada.email, 'ada@private.example'].sort();
  for (const what of ['a passkey was added', 'the addresses for notices were changed'])
    expect(told.filter(({ subject }) => subject.includes(what)).map(({ address }) => address)).toEqual(
      expect.arrayContaining(both),
    );
  await stale(ada);
  const { actor } = await staff.current(fresh);
  await expect(execute(staff.database, removePasskey, actor, { passkeyId: id })).rejects.toMatchObject({
    code: 'step_up_required',
  });
});

test('[v5.0.0-V6.5.6] a removed passkey stops at once, with the sessions it proved; the last one and the minimum stay', async () => {
  const ada = await staff.addOperator({ roles: ['viewer'] });
  const second = new SoftAuthenticator();
  const { deskToken } = await staff.signIn(ada);
  const remove = async (passkeyId: string) =>
    execute(staff.database, removePasskey, (await staff.current(deskToken)).actor, { passkeyId });
  await expect(remove(ada.passkeyId)).rejects.toMatchObject({ code: 'conflict' });
  const { id } = await add(deskToken, second);
  const bySecond = (await staff.signIn({ ...ada, authenticator: second })).deskToken;
  // Two passkeys and no codes: neither may go.
  await expect(remove(id)).rejects.toMatchObject({ code: 'conflict' });
  await execute(staff.database, renewCodes, (await staff.current(deskToken)).actor, {});
  expect(await remove(id)).toEqual({ sessionsEnded: 1 });
  expect(await findDeskSession(staff.database, bySecond, { extend: true })).toBeNull();
  await expect(staff.signIn({ ...ada, authenticator: second })).rejects.toThrow('refused');
  expect(await findDeskSession(staff.database, deskToken, { extend: false })).not.toBeNull();
  // Of two removals at once that would together leave too little, one is held back.
  const third = await add(deskToken, new SoftAuthenticator());
  const outcomes = await Promise.allSettled([remove(third.id), remove(ada.passkeyId)]);
  const left = await asOwner(staff.url, 'SELECT id FROM passkeys WHERE operator_id = $1', [ada.id]);
  expect(left).toHaveLength(1);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test("another operator's passkey is none of one's own", async () => {
  const ada = await staff.addOperator({ roles: ['viewer'] });
  const grace = await staff.addOperator({ roles: ['viewer'] });
  const { actor } = await staff.current((await staff.signIn(ada)).deskToken);
  await expect(execute(staff.database, removePasskey, actor, { passkeyId: grace.passkeyId })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('[v5.0.0-V6.3.3] a role may ask for hardware passkeys: at registration, at sign-in, and never so that nobody could come in', async () => {
  const model = '01900000-0000-4000-8000-00000000000f';
  const admin = await staff.addOperator({ roles: ['administrator'] });
  const synced = await staff.addOperator({
    roles: ['key-custodian'],
    authenticator: new SoftAuthenticator({ synced: true }),
  });
  const adminToken = (await staff.signIn(admin)).deskToken;
  const syncedToken = (await staff.signIn(synced)).deskToken;
  const set = async (over: object) =>
    execute(staff.database, setRolePolicy, (await staff.current(adminToken)).actor, {
      role: 'key-custodian',
      passkeys: 'hardware',
      aaguids: [],
      needsPasskey: true,
      idleMinutes: 5,
      absoluteHours: 4,
      ...over,
    });
  await set({});
  // The living session is bound by the tighter limits at once.
  expect((await staff.current(syncedToken)).session.idleSecondsLeft).toBeLessThanOrEqual(300);
  expect((await staff.current(syncedToken)).session.absoluteSecondsLeft).toBeLessThanOrEqual(4 * 3_600);
  await expect(staff.signIn(synced)).rejects.toThrow('refused');
  await expect(add(syncedToken, new SoftAuthenticator({ synced: true }))).rejects.toMatchObject({ code: 'conflict' });
  const hardware = new SoftAuthenticator({ aaguid: model });
  await add(syncedToken, hardware);
  expect(await staff.signIn({ ...synced, authenticator: hardware })).toMatchObject({ id: synced.id });
  await set({ aaguids: ['01900000-0000-4000-8000-0000000000aa'] });
  await expect(staff.signIn({ ...synced, authenticator: hardware })).rejects.toThrow('refused');
  await set({ aaguids: [model] });
  expect(await staff.signIn({ ...synced, authenticator: hardware })).toMatchObject({ id: synced.id });
  await expect(set({ role: 'administrator', aaguids: [model] })).rejects.toMatchObject({ code: 'conflict' });
  const [failure] = await asOwner<{ why: string }>(
    staff.url,
    `SELECT record->>'why' AS why FROM desk_records WHERE tenant_id = '${mainTenant}' AND outcome = 'failure' AND operator_id = $1 LIMIT 1`,
    [synced.id],
  );
  expect(failure?.why).toBe('attestation_policy');
});
