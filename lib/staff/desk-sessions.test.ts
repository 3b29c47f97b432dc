import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineCommand, execute, stepUpMinutes } from '#lib/kernel/command.ts';
import { openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { newSecret } from '#lib/kernel/ids.ts';
import { deskSessionLimits, findDeskSession, isDeskSessionAlive } from '#lib/staff/desk-sessions.ts';
import { endOwnSessions, listDeskSessions } from '#lib/staff/own-sessions.ts';
import { mainTenant, type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';
import { signOut } from '#lib/staff/start-session.ts';
import { proveStepUp, stepUpOptions } from '#lib/staff/step-up.ts';
import { endOperatorSessions } from '#lib/staff/suspend-operator.ts';

let staff: StaffFixture;
beforeAll(async () => {
  staff = await staffFixture();
});
afterAll(() => staff.close());

const alive = (token: string, extend = false) => findDeskSession(staff.database, token, { extend });
/** Lets time pass for one session, by the database's clock: all its times move back. */
const later = (operatorId: string, interval: string) =>
  asOwner(
    staff.url,
    `UPDATE operator_sessions SET created_at = created_at - $2::interval, proved_at = proved_at - $2::interval, passkey_proved_at = passkey_proved_at - $2::interval,
       last_seen_at = last_seen_at - $2::interval, idle_expires_at = idle_expires_at - $2::interval, absolute_expires_at = absolute_expires_at - $2::interval
     WHERE operator_id = $1`,
    [operatorId, interval],
  );
const sensitive = defineCommand({
  action: 'test_sensitive',
  permission: 'staff:manage',
  stepUp: true,
  input: z.strictObject({ n: z.number() }),
  run: async ({ input }) => ({ result: input.n, audit: {} }),
});

test('[v5.0.0-V7.2.3] tokens are 256 random bits, and the database keeps their SHA-256 alone', async () => {
  const tokens = Array.from({ length: 10_000 }, newSecret);
  expect(new Set(tokens).size).toBe(tokens.length);
  expect(tokens.every((token) => /^[A-Za-z0-9_-]{43}$/.test(token))).toBe(true);
  const counts = new Array<number>(256).fill(0);
  for (const token of tokens)
    for (const byte of Buffer.from(token, 'base64url')) counts[byte] = (counts[byte] ?? 0) + 1;
  const expected = (tokens.length * 32) / 256;
  const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  // 255 degrees of freedom: beyond 400 once in 10^8 runs.
  expect(chiSquare).toBeLessThan(400);
  const ada = await staff.addOperator();
  const { deskToken } = await staff.signIn(ada);
  const rows = await asOwner<{ row: string }>(staff.url, 'SELECT s::text AS row FROM operator_sessions s');
  expect(rows.some(({ row }) => row.includes(deskToken))).toBe(false);
});

test('[v5.0.0-V7.2.1] the row decides at each request: without it there is no session', async () => {
  const ada = await staff.addOperator();
  const { deskToken } = await staff.signIn(ada);
  expect(await alive(deskToken)).toMatchObject({ operatorId: ada.id, limitedTo: null });
  await asOwner(staff.url, 'DELETE FROM operator_sessions WHERE operator_id = $1', [ada.id]);
  expect(await alive(deskToken)).toBeNull();
  for (const token of ['', 'x', newSecret(), `${deskToken}.`, deskToken.slice(1)])
    expect(await alive(token)).toBeNull();
});

test('[v5.0.0-V7.3.1] fifteen minutes without activity end it; polling does not count as activity', async () => {
  const ada = await staff.addOperator();
  const { deskToken } = await staff.signIn(ada);
  await later(ada.id, '14 minutes 50 seconds');
  expect(await alive(deskToken, false)).not.toBeNull();
  await later(ada.id, '11 seconds');
  expect(await alive(deskToken, true)).toBeNull();

  const again = await staff.signIn(ada);
  await later(ada.id, '14 minutes');
  expect((await alive(again.deskToken, true))?.idleSecondsLeft).toBeGreaterThan(890);
  await later(ada.id, '14 minutes');
  expect(await alive(again.deskToken)).not.toBeNull();
});

test('[v5.0.0-V7.3.2] twelve hours end it however active it was, and step-up does not lengthen them', async () => {
  const ada = await staff.addOperator();
  let { deskToken } = await staff.signIn(ada);
  for (let hour = 0; hour < 12 * 6 - 1; hour += 1) {
    await later(ada.id, '10 minutes');
    expect(await alive(deskToken, true)).not.toBeNull();
  }
  deskToken = await staff.stepUp(ada, deskToken);
  expect((await alive(deskToken))?.absoluteSecondsLeft).toBeLessThan(601);
  await later(ada.id, '5 minutes');
  expect(await alive(deskToken, true)).not.toBeNull();
  await later(ada.id, '5 minutes 1 second');
  expect(await alive(deskToken, true)).toBeNull();
});

describe('[v5.0.0-V7.2.4] a rise of privilege is a new token, and the old one is dead', () => {
  test('at sign-in, with a session planted in the browser before', async () => {
    const mallory = await staff.addOperator();
    const ada = await staff.addOperator();
    const planted = (await staff.signIn(mallory)).deskToken;
    const { deskToken } = await staff.signIn(ada, { oldToken: planted });
    expect(deskToken).not.toBe(planted);
    expect(await alive(planted)).toBeNull();
    expect(await alive(deskToken)).toMatchObject({ operatorId: ada.id });
  });

  test('at step-up; of two renewals at once one wins', async () => {
    const ada = await staff.addOperator();
    const { deskToken } = await staff.signIn(ada);
    const { session } = await staff.current(deskToken);
    const outcomes = await Promise.allSettled([staff.stepUp(ada, deskToken), staff.stepUp(ada, deskToken)]);
    const renewed = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(renewed).toHaveLength(1);
    expect(await alive(deskToken)).toBeNull();
    expect(await alive(renewed[0] ?? '')).toMatchObject({ id: session.id });
  });
});

describe('[v5.0.0-V7.5.1] what is sensitive asks for a passkey not older than five minutes', () => {
  test('by the database clock, and nothing changes without it', async () => {
    const ada = await staff.addOperator();
    const { deskToken } = await staff.signIn(ada);
    const run = async (token: string) =>
      execute(staff.database, sensitive, (await staff.current(token)).actor, { n: 1 });
    expect(await run(deskToken)).toBe(1);
    await later(ada.id, `${stepUpMinutes} minutes 1 second`);
    await expect(run(deskToken)).rejects.toMatchObject({ code: 'step_up_required' });
    const fresh = await staff.stepUp(ada, deskToken);
    expect(await run(fresh)).toBe(1);
    const [entry] = await asOwner(
      staff.url,
      "SELECT outcome, actor_id FROM audit_entries WHERE action = 'step_up_required'",
    );
    expect(entry).toEqual({ outcome: 'refused', actor_id: ada.id });
  });

  test("another session's challenge, another operator's passkey and a replayed answer prove nothing", async () => {
    const ada = await staff.addOperator();
    const grace = await staff.addOperator();
    const one = (await staff.signIn(ada)).deskToken;
    const two = (await staff.signIn(ada)).deskToken;
    const [inOne, inTwo] = [await staff.current(one), await staff.current(two)];
    const judge = (response: unknown) => proveStepUp(staff.database, inOne, { token: one, response });
    const refused = { code: 'forbidden' };
    const ofTwo = await stepUpOptions(staff.database, inTwo);
    await expect(judge(ada.authenticator.assert(ofTwo, ada.id))).rejects.toMatchObject(refused);
    const ofOne = () => stepUpOptions(staff.database, inOne);
    await expect(judge(grace.authenticator.assert(await ofOne(), grace.id))).rejects.toMatchObject(refused);
    const answer = ada.authenticator.assert(await ofOne(), ada.id);
    await judge(answer);
    await expect(judge(answer)).rejects.toMatchObject(refused);
    const failures = await asOwner(
      staff.url,
      `SELECT 1 FROM audit_entries WHERE action = 'authn_login_fail' AND entry LIKE '%step-up%' AND actor_id = '${ada.id}'`,
    );
    expect(failures).toHaveLength(3);
  });

  test('tokens and the system may not run it', async () => {
    const actor = { ...(await staff.current((await staff.signIn(await staff.addOperator())).deskToken)).actor };
    for (const type of ['token', 'system'] as const)
      await expect(execute(staff.database, sensitive, { ...actor, type }, { n: 1 })).rejects.toMatchObject({
        code: 'forbidden',
      });
  });
});

describe('[v5.0.0-V7.4.1] an ended session is dead on every instance', () => {
  test('signed out on one, refused on the other at the next request; streams learn of it', async () => {
    const other = openDatabase({ url: staff.url, name: 'other', connections: 2, statementTimeoutMs: 10_000 });
    const ada = await staff.addOperator();
    const { deskToken } = await staff.signIn(ada);
    const session = await findDeskSession(other, deskToken, { extend: true });
    expect(await isDeskSessionAlive(other, session?.id ?? '', session?.tenantId ?? '')).toBe(true);
    await signOut(staff.database, deskToken, 'signed out');
    expect(await findDeskSession(other, deskToken, { extend: true })).toBeNull();
    expect(await isDeskSessionAlive(other, session?.id ?? '', session?.tenantId ?? '')).toBe(false);
    await other.close();
  });

  test('[v5.0.0-V7.4.2] a disabled operator has no session from that moment', async () => {
    const ada = await staff.addOperator();
    const tokens = [(await staff.signIn(ada)).deskToken, (await staff.signIn(ada)).deskToken];
    await asOwner(staff.url, 'UPDATE operators SET disabled_at = now() WHERE id = $1', [ada.id]);
    for (const token of tokens) expect(await alive(token)).toBeNull();
    await expect(staff.signIn(ada)).rejects.toThrow('refused');
  });

  test('[v5.0.0-V7.5.2] operators see and end their own, after a fresh proof; [v5.0.0-V7.4.3] all others at once', async () => {
    const ada = await staff.addOperator();
    const grace = await staff.addOperator();
    const mine = [await staff.signIn(ada), await staff.signIn(ada), await staff.signIn(ada)].map((s) => s.deskToken);
    const hers = (await staff.signIn(grace)).deskToken;
    const { actor, session } = await staff.current(mine[0] ?? '');
    const listed = await staff.database.inTenant(mainTenant, (tx) =>
      listDeskSessions(tx, { tenantId: mainTenant, operatorId: ada.id }),
    );
    expect(listed).toHaveLength(3);
    expect(listed.every((row) => row.ip === '198.51.100.7' && row.userAgent === 'Test')).toBe(true);
    const end = (which: string, by = actor) => execute(staff.database, endOwnSessions, by, { which });
    await expect(end('others', { ...actor, passkeyProofAgeSeconds: 301 })).rejects.toMatchObject({
      code: 'step_up_required',
    });
    // Somebody else's is not among one's own.
    await expect(end((await staff.current(hers)).session.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await end('others')).toEqual({ ended: 2 });
    expect(await alive(mine[0] ?? '')).toMatchObject({ id: session.id });
    expect(await alive(mine[1] ?? '')).toBeNull();
    expect(await alive(hers)).not.toBeNull();
  });

  test('[v5.0.0-V7.4.5] an administrator ends those of another, audited', async () => {
    const admin = await staff.addOperator();
    const ada = await staff.addOperator({ roles: ['viewer'] });
    const { deskToken } = await staff.signIn(ada);
    const { actor } = await staff.current((await staff.signIn(admin)).deskToken);
    await execute(staff.database, endOperatorSessions, actor, { operatorId: ada.id });
    expect(await alive(deskToken)).toBeNull();
    const entries = await asOwner(
      staff.url,
      `SELECT 1 FROM audit_entries WHERE action = 'session_ended_by_administrator' AND target_id = '${ada.id}' AND actor_id = '${admin.id}'`,
    );
    expect(entries).toHaveLength(1);
  });
});

test('[v5.0.0-V7.1.2] one session too many ends the oldest, and the audit says so', async () => {
  const ada = await staff.addOperator();
  const tokens: string[] = [];
  for (let n = 0; n <= deskSessionLimits.perOperatorMax; n += 1) {
    tokens.push((await staff.signIn(ada)).deskToken);
    await later(ada.id, '1 second');
  }
  const states = await Promise.all(tokens.map((token) => alive(token)));
  expect(states.map((state) => state !== null)).toEqual([false, true, true, true, true, true]);
  const entries = await asOwner(
    staff.url,
    `SELECT 1 FROM audit_entries WHERE actor_id = '${ada.id}' AND entry LIKE '%excess_sessions_exceeded%'`,
  );
  expect(entries).toHaveLength(1);
});

test('[v5.0.0-V7.1.1] [v5.0.0-V7.1.2] [v5.0.0-V7.6.1] what is written about lifetimes is what the code does', () => {
  const file = path.resolve(import.meta.dirname, '../../.github/decisions/2026-11-24-operators.md');
  const written = readFileSync(file, 'utf8');
  const value = (name: string) => Number(new RegExp(`\\| ${name}\\s*\\| (\\d+)`).exec(written)?.[1]);
  expect(value('idle, minutes')).toBe(deskSessionLimits.idleMinutes);
  expect(value('absolute, hours')).toBe(deskSessionLimits.absoluteHours);
  expect(value('passkey proof, minutes')).toBe(stepUpMinutes);
  expect(value('sessions an operator')).toBe(deskSessionLimits.perOperatorMax);
  expect(deskSessionLimits.idleMinutes).toBeLessThanOrEqual(15);
  expect(deskSessionLimits.absoluteHours).toBeLessThanOrEqual(12);
});
