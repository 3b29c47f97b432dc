import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { checkViews } from '#lib/events/rebuild-views.ts';
import { placeHold, releaseHold, setRetention } from '#lib/events/retention.ts';
import { runRetention } from '#lib/events/run-retention.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const day = 86_400_000;
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let maintenance: Database;
beforeAll(async () => {
  made = await testDatabase();
  const options = { url: made.url, name: 'test', connections: 3, statementTimeoutMs: 60_000 };
  database = openDatabase(options);
  maintenance = openDatabase({ ...options, role: 'gatehouse_retention' });
});
afterEach(() => {
  delete process.env.APP_FAILPOINTS;
  delete process.env.FAILPOINTS;
});
afterAll(async () => {
  await database?.close();
  await maintenance?.close();
  await made?.close();
});

// Each test has tenants and a month of its own, so none sees what another left.
let monthsBack = 20;
function month() {
  monthsBack += 2;
  const at = new Date();
  at.setUTCDate(10);
  at.setUTCMonth(at.getUTCMonth() - monthsBack);
  return { at, name: at.toISOString().slice(0, 7), table: `events_${at.toISOString().slice(0, 7).replace('-', '_')}` };
}
const tenant = () => systemActor(randomUUID(), 'test', ['policies:manage']);
const keep = (actor: Actor, keepDays: number, eventType = '*') =>
  execute(database, setRetention, actor, { eventType, keepDays });

async function append(actor: Actor, at: Date, ...uids: string[]) {
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  const records = uids.map((uid) => ({
    class_uid: 3002,
    activity_id: 1,
    status_id: 1,
    time: at.getTime(),
    metadata: { uid },
    user: { uid: `person of ${uid}`, email_addr: `${uid}@example.org` },
    session: { uid: `session of ${uid}` },
    device: { uid: `device of ${uid}` },
    service: { name: 'Mail' },
    src_endpoint: { ip: '192.0.2.7' },
  }));
  return appendRecords(
    {
      database,
      tenantId: actor.tenantId,
      provider,
      definition,
      findPlace: () => nowhere,
      receivedAt: new Date(),
    },
    splitRecords(Buffer.from(JSON.stringify(records))),
  );
}
const tables = async (like: string) =>
  (
    await asOwner<{ name: string }>(
      made.url,
      "SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relname LIKE $1 ORDER BY 1",
      [like],
    )
  ).map(({ name }) => name);
const kept = async (actor: Actor) =>
  (
    await asOwner<{ uid: string }>(
      made.url,
      'SELECT source_event_id AS uid FROM events WHERE tenant_id = $1 ORDER BY 1',
      [actor.tenantId],
    )
  ).map(({ uid }) => uid);
const audited = (actor: Actor) =>
  asOwner<{ dropped: boolean; events: number }>(
    made.url,
    `SELECT (entry::jsonb -> 'detail' -> 'partition_dropped')::boolean AS dropped, (entry::jsonb -> 'detail' -> 'events')::int AS events
     FROM audit_entries WHERE tenant_id = $1 AND action = 'events_retired' ORDER BY seq`,
    [actor.tenantId],
  );
async function expectTrueViews(...actors: Actor[]) {
  for (const { tenantId } of actors) {
    const verdicts = await maintenance.inTenant(tenantId, (tx) => checkViews(tx, tenantId));
    expect(verdicts.filter(({ different }) => different > 0)).toEqual([]);
  }
}

describe.each([
  ['whole', 1_073_741_824],
  ['in three parts', 0],
])('of months %s', (_layout, largeFrom) => {
  beforeAll(() =>
    asOwner(
      made.url,
      `CREATE OR REPLACE FUNCTION gatehouse_large_month() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT ${largeFrom}::bigint'`,
    ),
  );

  test('a month that is over for every tenant in it is dropped once, and each tenant’s audit and views say so', async () => {
    const [ada, bob] = [tenant(), tenant()];
    const { at, table } = month();
    await append(ada, at, 'a1', 'a2');
    await append(ada, new Date(), 'a-new');
    await append(bob, at, 'b1');
    await keep(ada, 365);
    await keep(bob, 400);

    expect(await runRetention(maintenance, ada)).toMatchObject({ events: 2, partitionsDropped: 1 });
    expect(await runRetention(maintenance, bob)).toMatchObject({ events: 0, partitionsDropped: 0 });
    expect([await tables(table), await tables('retired_2%')]).toEqual([[], []]);
    expect([await kept(ada), await kept(bob)]).toEqual([['a-new'], []]);
    expect(await audited(ada)).toEqual([{ dropped: true, events: 2 }]);
    expect(await audited(bob)).toEqual([{ dropped: true, events: 1 }]);
    const recognised = 'SELECT 1 FROM event_ids WHERE tenant_id = ANY($1) AND occurred_at < $2';
    expect(await asOwner(made.url, recognised, [[ada.tenantId, bob.tenantId], new Date(Date.now() - day)])).toEqual([]);
    await expectTrueViews(ada, bob);
  });

  test.each([
    ['a hold', async (bob: Actor) => execute(database, placeHold, bob, { reason: 'Court order', personId: null })],
    ['a longer rule', async (bob: Actor) => keep(bob, 30_000)],
    ['no rule', async () => null],
  ])('a month that one tenant keeps by %s stays, and only the other’s rows go', async (_name, keepIt) => {
    const [ada, bob] = [tenant(), tenant()];
    const { at, table } = month();
    await append(ada, at, 'a1');
    await append(bob, at, 'b1');
    await keep(ada, 365);
    if (keepIt.length > 0) await keep(bob, 365);
    const hold = await keepIt(bob);

    expect(await runRetention(maintenance, ada)).toMatchObject({ events: 1, partitionsDropped: 0 });
    expect(await runRetention(maintenance, bob)).toMatchObject({ events: 0, partitionsDropped: 0 });
    expect([await kept(ada), await kept(bob), await tables(table)]).toEqual([[], ['b1'], [table]]);
    expect(await audited(bob)).toEqual([]);
    await expectTrueViews(ada, bob);

    if (hold && 'id' in hold) await execute(database, releaseHold, bob, { id: hold.id });
    await keep(bob, 365);
    expect(await runRetention(maintenance, bob)).toMatchObject({ events: 1, partitionsDropped: 1 });
    expect(await tables(table)).toEqual([]);
  });

  test('what comes into a month while it is being taken out is not lost with it', async () => {
    const [ada, bob] = [tenant(), tenant()];
    const { at, table } = month();
    await append(ada, at, 'a1');
    await append(bob, new Date(), 'b0');
    await keep(ada, 365);
    // Bob's late event is in, not committed yet, when ada's run finds nothing but over events.
    const late = new pg.Client({ connectionString: made.url });
    await late.connect();
    try {
      await late.query('BEGIN');
      await late.query(
        `INSERT INTO events (tenant_id, occurred_at, id, provider_id, source_event_id, type, provider_type, outcome, interactive, time_quality, detail, raw)
       SELECT tenant_id, $2, gen_random_uuid(), provider_id, 'b-late', type, provider_type, outcome, interactive, 'late', '{}', '\\x7b7d'
       FROM events WHERE tenant_id = $1 AND source_event_id = 'b0'`,
        [bob.tenantId, at],
      );
      const running = runRetention(maintenance, ada);
      await expect
        .poll(() => asOwner(made.url, 'SELECT 1 FROM pg_locks WHERE NOT granted AND relation = $1::regclass', [table]))
        .toHaveLength(1);
      await late.query('COMMIT');
      expect(await running).toMatchObject({ events: 1, partitionsDropped: 0 });
    } finally {
      await late.end();
    }
    expect([await kept(ada), await kept(bob)]).toEqual([[], ['b-late', 'b0']]);
  });

  test('a month that others read all the time is left to the next run, and nothing of it is gone', async () => {
    const ada = tenant();
    const { at, name, table } = month();
    await append(ada, at, 'a1');
    await keep(ada, 365);
    const reader = new pg.Client({ connectionString: made.url });
    await reader.connect();
    try {
      await reader.query('BEGIN');
      await reader.query('SELECT count(*) FROM events');
      expect(await runRetention(maintenance, ada)).toMatchObject({ events: 0, months: [], postponed: [name] });
    } finally {
      await reader.end();
    }
    expect([await kept(ada), await audited(ada), await tables(table)]).toEqual([['a1'], [], [table]]);
    expect(await runRetention(maintenance, ada)).toMatchObject({ events: 1, partitionsDropped: 1, postponed: [] });
  }, 30_000);

  test.each(['retention.after_taking_out', 'retention.before_drop'])(
    'a run that dies at %s is finished by the next one, of whichever tenant',
    async (place) => {
      const [ada, bob] = [tenant(), tenant()];
      const { at, table } = month();
      await append(ada, at, 'a1');
      await append(bob, at, 'b1');
      await append(bob, new Date(), 'b1-again');
      await keep(ada, 365);
      await keep(bob, 365);
      process.env.APP_FAILPOINTS = '1';
      process.env.FAILPOINTS = `${place}:throw`;
      await expect(runRetention(maintenance, ada)).rejects.toThrow(place);
      delete process.env.FAILPOINTS;
      // The events are out and the audit says so; a month of that name can be made again meanwhile.
      expect([await kept(ada), await audited(ada), await tables(table)]).toEqual([
        [],
        [{ dropped: true, events: 1 }],
        [],
      ]);
      expect(await tables('retired_2%')).toHaveLength(1);
      await append(bob, at, 'b-late');

      expect(await runRetention(maintenance, tenant())).toMatchObject({ events: 0, partitionsDropped: 1 });
      expect(await tables('retired_2%')).toEqual([]);
      expect(await kept(bob)).toEqual(['b-late', 'b1-again']);
      await expectTrueViews(ada, bob);
      expect(await runRetention(maintenance, bob)).toMatchObject({ events: 1, partitionsDropped: 1 });
      await expectTrueViews(ada, bob);
    },
  );

  test('deleting rows that dies before its commit has done nothing', async () => {
    const ada = tenant();
    const { at } = month();
    await append(ada, at, 'a1', 'a2');
    const [held] = await asOwner<{ id: string }>(
      made.url,
      'SELECT person_id::text AS id FROM events WHERE tenant_id = $1 AND source_event_id = $2',
      [ada.tenantId, 'a1'],
    );
    await execute(database, placeHold, ada, { reason: 'Court order', personId: held?.id });
    await keep(ada, 365);
    process.env.APP_FAILPOINTS = '1';
    process.env.FAILPOINTS = 'retention.before_rows_commit:throw';
    await expect(runRetention(maintenance, ada)).rejects.toThrow('before_rows_commit');
    delete process.env.FAILPOINTS;
    expect([await kept(ada), await audited(ada)]).toEqual([['a1', 'a2'], []]);
    expect(await runRetention(maintenance, ada)).toMatchObject({ events: 1, partitionsDropped: 0 });
    expect([await kept(ada), await audited(ada)]).toEqual([['a1'], [{ dropped: false, events: 1 }]]);
    await expectTrueViews(ada);
  });

  test('a record whose month is gone is taken in again, marked late, and goes again by the same rule', async () => {
    const ada = tenant();
    const { at, table } = month();
    await append(ada, at, 'a1');
    await keep(ada, 365);
    await runRetention(maintenance, ada);
    expect(await append(ada, at, 'a1')).toMatchObject({ stored: 1, duplicate: 0 });
    expect(await append(ada, at, 'a1')).toMatchObject({ stored: 0, duplicate: 1 });
    expect(await asOwner(made.url, 'SELECT time_quality FROM events WHERE tenant_id = $1', [ada.tenantId])).toEqual([
      { time_quality: 'late' },
    ]);
    expect(await runRetention(maintenance, ada)).toMatchObject({ events: 1, partitionsDropped: 1 });
    expect([await kept(ada), await tables(table)]).toEqual([[], []]);
    await expectTrueViews(ada);
  });

  test('the month that has not ended is never taken out, nor one by a tenant that is none', async () => {
    const ada = tenant();
    await append(ada, new Date(Date.now() - 3 * day), 'a1');
    const thisMonth = `${new Date().toISOString().slice(0, 7)}-01`;
    const taken = (tenantId: string) =>
      maintenance.inTenant(tenantId, (tx) => tx.$queryRaw`SELECT * FROM gatehouse_take_out_month(${thisMonth}::date)`);
    expect(await taken(ada.tenantId)).toEqual([]);
    await expect(
      maintenance.outsideTenants((tx) => tx.$queryRaw`SELECT * FROM gatehouse_take_out_month(${thisMonth}::date)`),
    ).rejects.toThrow(/no tenant is set/);
  });

  test('views of what earlier events wrote ahead of the clock are derived anew once, and no month is said to be dropped', async () => {
    const ada = tenant();
    const inAnHour = new Date(Date.now() + 3_600_000);
    await append(ada, inAnHour, 'a1');
    await asOwner(made.url, 'INSERT INTO tenants (id, slug, name) VALUES ($1::uuid, $1::text, $1::text)', [
      ada.tenantId,
    ]);
    // As the views were before.
    for (const [table, column] of [
      ['sessions', 'last_seen_at'],
      ['people', 'last_seen_at'],
      ['devices', 'network_at'],
    ])
      await asOwner(made.url, `UPDATE ${table} SET ${column} = $2 WHERE tenant_id = $1`, [ada.tenantId, inAnHour]);
    await expect(expectTrueViews(ada)).rejects.toThrow();
    const migration = '../../prisma/migrations/20261129220100_seen_not_ahead/migration.sql';
    await asOwner(made.url, readFileSync(path.resolve(import.meta.dirname, migration), 'utf8'));
    expect(await tables('derive%')).toHaveLength(1);

    expect(await runRetention(maintenance, tenant())).toMatchObject({ events: 0, partitionsDropped: 0 });
    expect([await tables('derive%'), await kept(ada)]).toEqual([[], ['a1']]);
    await expectTrueViews(ada);
    expect(await append(ada, inAnHour, 'a1')).toMatchObject({ stored: 0, duplicate: 1 });
  });
});

test('a month is kept in three parts once one was large, each event in the part of its day, in UTC', async () => {
  const largeFrom = (bytes: number) =>
    asOwner(
      made.url,
      `CREATE OR REPLACE FUNCTION gatehouse_large_month() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT ${bytes}::bigint'`,
    );
  const ada = tenant();
  await largeFrom(1_073_741_824);
  await append(ada, new Date('2015-01-10T12:00:00Z'), 'small');
  await largeFrom(1);
  const first = Date.UTC(2015, 1, 1);
  for (const days of [0, 10, 20, 28]) {
    if (days > 0) await append(ada, new Date(first + days * day - 1), `before-${days}`);
    if (days < 28) await append(ada, new Date(first + days * day), `from-${days}`);
  }
  const places = await asOwner<{ uid: string; part: string }>(
    made.url,
    'SELECT source_event_id AS uid, tableoid::regclass::text AS part FROM events WHERE tenant_id = $1 ORDER BY occurred_at',
    [ada.tenantId],
  );
  expect(places.map(({ uid, part }) => `${uid} ${part.replace(/_\d{3,}$/, '')}`)).toEqual([
    'small events_2015_01',
    'from-0 events_2015_02_01',
    'before-10 events_2015_02_01',
    'from-10 events_2015_02_11',
    'before-20 events_2015_02_11',
    'from-20 events_2015_02_21',
    'before-28 events_2015_02_21',
  ]);
});
