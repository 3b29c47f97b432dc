import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { goodRecord, mainTenant } from '#lib/cli/faults/fault-desk.ts';
import { detectors } from '#lib/detection/registry.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { clockSkewMs, clockSkewMsMax, now, shiftClock } from '#lib/kernel/clock.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { detectWaitingBatches } from '#lib/signals/detect-batches.ts';
import { authenticateToken, createServiceToken } from '#lib/staff/service-tokens.ts';

const actor = systemActor(mainTenant, 'test', ['tokens:manage']);
const minute = 60_000;
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let back = () => {};

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 4, statementTimeoutMs: 10_000 });
});
afterEach(() => back());
afterAll(async () => {
  await database.close();
  await made.close();
});

async function append(uid: string) {
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  const context = { database, tenantId: mainTenant, provider, definition, findPlace: () => nowhere, receivedAt: now() };
  return appendRecords(context, splitRecords(Buffer.from(goodRecord(uid))));
}

describe('[F16] a clock of ours that is wrong', () => {
  test.each([10, -10])('by %i minutes decides no expiry, loses no event, and is reported', async (minutes) => {
    const name = `clock ${minutes}`;
    const { token } = await execute(database, createServiceToken, actor, {
      name,
      scopes: ['events:write'],
      expiresInDays: 1,
    });
    const headers = new Headers({ authorization: `Bearer ${token}` });
    back = shiftClock(minutes * minute);
    const skew = await database.outsideTenants(clockSkewMs);
    expect(Math.abs(skew)).toBeGreaterThan(clockSkewMsMax);
    expect(Math.sign(skew)).toBe(Math.sign(minutes));
    expect(await append(name)).toMatchObject({ stored: 1, quarantined: 0 });
    // Five minutes left by the database: enough, whatever we think. One second over: refused, whatever we think.
    const leave = (interval: string) =>
      asOwner(made.url, 'UPDATE service_tokens SET expires_at = clock_timestamp() + $1::interval WHERE name = $2', [
        interval,
        name,
      ]);
    await leave('5 minutes');
    expect((await authenticateToken(database, headers)).actor.label).toContain(name);
    await leave('-1 second');
    await expect(authenticateToken(database, headers)).rejects.toMatchObject({ code: 'not_signed_in' });
  });
});

describe('[F17] a clock that jumps back in the middle', () => {
  test('has no batch looked at twice, and none forgotten', async () => {
    await detectWaitingBatches(database, mainTenant, detectors);
    await append('before-jump');
    back = shiftClock(-60 * minute);
    await append('after-jump');
    const looks = await Promise.all([1, 2, 3].map(() => detectWaitingBatches(database, mainTenant, detectors)));
    let total = looks.reduce((sum, { batches }) => sum + batches, 0);
    total += (await detectWaitingBatches(database, mainTenant, detectors)).batches;
    expect(total).toBe(2);
    expect(await asOwner(made.url, 'SELECT 1 FROM event_batches WHERE detected_at IS NULL')).toEqual([]);
  });
});
