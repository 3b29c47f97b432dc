import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { claimIdempotencyKey } from '#lib/kernel/idempotency.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor = systemActor(tenantId, 'test');
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 8, statementTimeoutMs: 20_000 });
});
afterAll(async () => {
  await database.close();
  await made.close();
});

test('of fifty equal calls at once one works; the others hear that it is in flight, and then its answer', async () => {
  const claim = () => claimIdempotencyKey(database, actor, 'key-of-fifty', 'POST /x\n{}');
  const all = await Promise.allSettled(Array.from({ length: 50 }, claim));
  const [first, ...more] = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(more).toEqual([]);
  // On a busy machine some do not even get a connection; whoever does hears that it is in flight.
  for (const each of all)
    if (each.status === 'rejected') expect(String(each.reason)).toMatch(/still in flight|when trying to connect/);
  await first?.keep({ status: 201, text: '{"id":"1"}' });
  expect((await claim()).before).toEqual({ status: 201, text: '{"id":"1"}' });
  await expect(claimIdempotencyKey(database, actor, 'key-of-fifty', 'POST /x\n{"other":1}')).rejects.toThrow(
    /another request/,
  );
  const somebodyElse = await claimIdempotencyKey(database, { ...actor, id: 'another' }, 'key-of-fifty', 'POST /x\n{}');
  expect(somebodyElse.before).toBeNull();
});

test('a key whose process died is taken over under the same id; one that was let go is free', async () => {
  const claim = () => claimIdempotencyKey(database, actor, 'key-of-the-dead', 'POST /y\n{}');
  const dead = await claim();
  await asOwner(
    made.url,
    "UPDATE idempotency_keys SET held_until = now() - interval '1 s' WHERE key = 'key-of-the-dead'",
  );
  const next = await claim();
  expect(next).toMatchObject({ before: null, repeatId: dead.repeatId });
  await expect(claim()).rejects.toThrow(/still in flight/);
  await next.release();
  expect((await claim()).before).toBeNull();
});
