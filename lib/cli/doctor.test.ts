import { afterAll, beforeAll, expect, test } from 'vitest';
import { examine, locksFinding } from '#lib/cli/doctor.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { testOperator } from '#lib/staff/test-operator.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor = systemActor(tenantId, 'test');
let made: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  made = await testDatabase();
  process.env.DATABASE_URL = made.url;
});
afterAll(async () => {
  await closePools();
  await made.close();
});

const statesOf = async (source: Record<string, string> = {}) => {
  const findings = await examine(readEnv({ DATABASE_URL: made.url, ...source }), actor, { rebuild: true });
  return Object.fromEntries(findings.map(({ check, state }) => [check, state]));
};

test('says what is there, what is missing and what failed; one failure hides no other', async () => {
  expect(await statesOf()).toMatchObject({
    database: 'ok',
    locks: 'ok',
    clock: 'ok',
    worker: 'missing',
    administrators: 'missing',
    providers: 'missing',
    places: 'ok',
    networks: 'ok',
    views: 'ok',
  });
  expect(await statesOf({ GEOIP_CITY_DB: '/nowhere.mmdb', GEOIP_ASN_DB: '/nowhere.mmdb' })).toMatchObject({
    places: 'failed',
    networks: 'failed',
    views: 'ok',
  });

  const database = pool('cli');
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  const record = {
    class_uid: 3002,
    activity_id: 1,
    status_id: 1,
    time: Date.now(),
    metadata: { uid: 'e1' },
    user: { uid: 'u1' },
  };
  await appendRecords(
    { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: new Date() },
    splitRecords(Buffer.from(JSON.stringify(record))),
  );
  for (const name of ['first', 'second']) await testOperator(database, tenantId, ['administrator'], name);
  expect(await statesOf()).toMatchObject({ administrators: 'ok', providers: 'ok', views: 'ok' });
  await asOwner(made.url, "UPDATE people SET subject = 'somebody else'");
  expect(await statesOf()).toMatchObject({ views: 'failed' });
  // While a month that was taken out waits for its views, they say nothing about a fault.
  await asOwner(made.url, "INSERT INTO retired_months (tenant_id, name, events) VALUES ($1, 'retired_2025_01_1', 1)", [
    tenantId,
  ]);
  expect(await statesOf()).toMatchObject({ views: 'missing' });
});

test('says when a search of all time asks for more locks than the database has room for, and what to do', () => {
  expect(locksFinding(268, 6_400)).toEqual(['ok', 'room for 6400; a search of all time takes 268']);
  expect(locksFinding(1_009, 6_400)).toEqual([
    'failed',
    'a search of all time takes 1009 locks, 14 of them at once 14126, and the database has room for 6400: ' +
      'set its max_locks_per_transaction 3 times as high and restart it',
  ]);
});
