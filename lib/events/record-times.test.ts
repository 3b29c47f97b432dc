import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { listEvents } from '#lib/events/list-events.ts';
import { openProvider } from '#lib/events/providers.ts';
import { checkViews } from '#lib/events/rebuild-views.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { parseFilter } from '#lib/model/filter.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor = systemActor(tenantId, 'test');
const [hour, day] = [3_600_000, 86_400_000];
const receivedAt = new Date();
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;

// In an order that is nobody's.
const times: Record<string, number | string> = {
  'an hour ahead': receivedAt.getTime() + hour,
  'five years late': receivedAt.getTime() - 5 * 365 * day,
  now: receivedAt.getTime(),
  'the year 9999': '9999-12-31T23:59:59Z',
  'a week late': receivedAt.getTime() - 7 * day,
  'two days ahead': receivedAt.getTime() + 2 * day,
  'the year 1970': '1970-01-01T00:00:00Z',
  'a minute ahead': receivedAt.getTime() + 60_000,
  'the year 1': '0001-01-01T00:00:00Z',
  'the last a clock can say': 8_640_000_000_000_000,
  'a day late, nearly': receivedAt.getTime() - 23 * hour,
};

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 2, statementTimeoutMs: 20_000 });
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  const records = Object.entries(times).map(([uid, time]) => ({
    class_uid: 3002,
    activity_id: 1,
    status_id: 1,
    ...(typeof time === 'number' ? { time } : { time_dt: time }),
    metadata: { uid },
    user: { uid: 'ada', name: 'Ada' },
    session: { uid: uid === 'an hour ahead' ? 'ahead' : 'one' },
    service: { name: uid },
  }));
  const summary = await appendRecords(
    { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt },
    splitRecords(Buffer.from(JSON.stringify(records))),
  );
  expect(summary).toMatchObject({ stored: records.length, quarantined: 0 });
});
afterAll(async () => {
  await database?.close();
  await made?.close();
});

async function found(address: string) {
  const { filter, problems } = parseFilter(new URLSearchParams(address), eventFilter);
  expect(problems).toEqual([]);
  const query = { conditions: filter, cursor: null, limit: 50 };
  return (await database.inTenant(tenantId, (tx) => listEvents(tx, tenantId, query))).rows;
}

test('a late, early or absurd time is kept, marked, and found by its mark', async () => {
  const names = async (address: string) => (await found(address)).map(({ client }) => client);
  expect(await names('timeQuality=future')).toEqual(['an hour ahead']);
  expect(await names('timeQuality=late')).toEqual(['a week late', 'five years late']);
  expect((await names('timeQuality=absurd')).sort()).toEqual([
    'the last a clock can say',
    'the year 1',
    'the year 1970',
    'the year 9999',
    'two days ahead',
  ]);
  expect((await names('timeQuality=ok')).sort()).toEqual(['a day late, nearly', 'a minute ahead', 'now']);
});

test('what is not believable is filed under its receipt, and says what the record said', async () => {
  const rows = await found('timeQuality=absurd');
  expect(rows.map(({ occurredAt }) => occurredAt)).toEqual(rows.map(() => receivedAt.toISOString()));
  // The largest number a clock can hold is read as the microseconds that it more likely is.
  expect(rows.map(({ claimedTime }) => claimedTime).sort()).toEqual([
    '0001-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.000Z',
    new Date(receivedAt.getTime() + 2 * day).toISOString(),
    '2243-10-17T00:00:00.000Z',
    '9999-12-31T23:59:59.000Z',
  ]);
  expect((await found('timeQuality.not=absurd')).every(({ claimedTime }) => claimedTime === null)).toBe(true);
});

test('all of them are found by when they were taken in, whatever they claim', async () => {
  expect(await found('received=-1h')).toHaveLength(Object.keys(times).length);
  expect(await found('received.to=-1h')).toHaveLength(0);
  expect(await found('from=-1d&to=-0min')).not.toHaveLength(Object.keys(times).length);
});

test('what lies ahead was seen when it came in: no session is newer than now, none begins behind a cut-off made now', async () => {
  const sessions = await asOwner<{ sid: string; started: Date; seen: Date }>(
    made.url,
    'SELECT source_session_id AS sid, started_at AS started, last_seen_at AS seen FROM sessions ORDER BY 1',
  );
  expect(sessions).toEqual([
    { sid: 'ahead', started: receivedAt, seen: receivedAt },
    { sid: 'one', started: new Date(receivedAt.getTime() - 5 * 365 * day), seen: receivedAt },
  ]);
  const seen = await asOwner<{ at: Date }>(
    made.url,
    'SELECT last_seen_at AS at FROM people UNION ALL SELECT network_at FROM sessions UNION ALL SELECT last_seen_at FROM session_clients',
  );
  expect(seen.filter(({ at }) => at > receivedAt)).toEqual([]);
});

test('the views are what a rebuild gives', async () => {
  const verdicts = await database.inTenant(tenantId, (tx) => checkViews(tx, tenantId));
  expect(verdicts.filter(({ different }) => different > 0)).toEqual([]);
});
