import { afterAll, beforeAll, expect, test } from 'vitest';
import { detectors } from '#lib/detection/registry.ts';
import { appendDeskRecords } from '#lib/events/append-desk-records.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { detectWaitingBatches } from '#lib/signals/detect-batches.ts';
import { tellOfChange } from '#lib/staff/authenticators/tell-operator.ts';
import { signInWithPassword } from '#lib/staff/sign-in-with-password.ts';
import { anAttempt, mainTenant, type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

let staff: StaffFixture;
beforeAll(async () => {
  staff = await staffFixture();
});
afterAll(() => staff.close());

test('[v5.0.0-V16.3.1] whoever guesses at an operator’s password raises a signal like for anybody else', async () => {
  const ada = await staff.addOperator({ roles: ['viewer'] });
  for (let n = 0; n < 12; n += 1) {
    const attempt = anAttempt({ ip: `198.51.100.${n + 1}` });
    await signInWithPassword(
      staff.database,
      { email: ada.email, password: 'guessed wrong again', code: '000000' },
      attempt,
    );
    await asOwner(staff.url, 'DELETE FROM rate_limits');
  }
  await staff.signIn(ada);
  const append = () => appendDeskRecords(staff.database, mainTenant, () => nowhere);
  // Two workers at once: each record becomes one event.
  await Promise.all([append(), append()]);
  expect(await append()).toBe(0);
  const events = await asOwner<{ outcome: string; reason: string | null; n: number }>(
    staff.url,
    "SELECT outcome, reason, count(*)::int AS n FROM events WHERE provider_type = 'gatehouse.sign_in' GROUP BY 1, 2 ORDER BY 1",
  );
  expect(events).toEqual([
    { outcome: 'failure', reason: 'invalid_credentials', n: 12 },
    { outcome: 'success', reason: null, n: 1 },
  ]);
  await detectWaitingBatches(staff.database, mainTenant, detectors);
  const signals = await asOwner<{ detector: string; severity: string }>(
    staff.url,
    'SELECT detector, severity FROM signals',
  );
  expect(signals).toContainEqual({ detector: 'failed-login-burst', severity: 'high' });
});

test('nobody can send records of the desk’s own door in', async () => {
  const sender = systemActor(mainTenant, 'sender', ['events:write']);
  await expect(openProvider(staff.database, sender, 'gatehouse')).rejects.toMatchObject({ code: 'not_found' });
});

test('a change of authenticators leaves the session on the device it was made from', async () => {
  const bea = await staff.addOperator({ roles: ['viewer'] });
  await staff.signIn(bea);
  const [session] = await asOwner<{ id: string; userAgent: string }>(
    staff.url,
    `SELECT id::text, user_agent AS "userAgent" FROM operator_sessions WHERE operator_id = '${bea.id}'`,
  );
  const actor = { ...systemActor(mainTenant, 'Bea'), type: 'operator' as const, id: bea.id, ip: '198.51.100.7' };
  await staff.database.inTenant(mainTenant, (tx) =>
    tellOfChange(tx, { ...actor, sessionId: session?.id ?? '' }, { kind: 'factor_added', what: 'a passkey was added' }),
  );
  await appendDeskRecords(staff.database, mainTenant, () => nowhere);
  const shown = await asOwner(
    staff.url,
    `SELECT user_agent AS "userAgent", device_id IS NOT NULL AS device FROM sessions WHERE source_session_id = '${session?.id}'`,
  );
  expect(shown).toEqual([{ userAgent: session?.userAgent, device: true }]);
});
