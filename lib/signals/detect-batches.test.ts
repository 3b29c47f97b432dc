import { afterAll, beforeAll, expect, test } from 'vitest';
import { backtest, settingsOf } from '#lib/detection/backtest.ts';
import { failedLoginBurst } from '#lib/detection/failed-login-burst.ts';
import { detectors } from '#lib/detection/registry.ts';
import { appendRecords } from '#lib/events/append.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import type { Place } from '#lib/model/detection.ts';
import { detectWaitingBatches } from '#lib/signals/detect-batches.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const start = Date.parse('2026-11-20T08:00:00Z');
const known: Record<string, [string, string, number, number]> = {
  '198.51.100.1': ['DE', 'Berlin', 52.52, 13.405],
  '198.51.100.2': ['AU', 'Sydney', -33.87, 151.21],
};
const findPlace = (ip: string): Place => {
  const [country = null, city = null, latitude = null, longitude = null] = known[ip] ?? [];
  return { country, region: null, city, latitude, longitude, radiusKm: null };
};
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 6, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await database.close();
  await made.close();
});

let serial = 0;
function signIn(minute: number, ip: string, more: { user?: string; ok?: boolean; agent?: string } = {}) {
  serial += 1;
  return {
    class_uid: 3002,
    activity_id: 1,
    status_id: more.ok === false ? 2 : 1,
    status_detail: more.ok === false ? 'invalid credentials' : undefined,
    time: start + minute * 60_000,
    metadata: { uid: `e${serial}`, version: '1.5.0', product: { name: 'Test' } },
    user: { uid: more.user ?? 'ada', name: more.user ?? 'Ada' },
    session: { uid: `s${serial}` },
    src_endpoint: { ip },
    http_request: {
      user_agent:
        more.agent ?? 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
    },
  };
}
async function append(...records: unknown[]) {
  const { provider, definition } = await openProvider(database, systemActor(tenantId, 'test'), 'ocsf');
  const receivedAt = new Date(start + 86_400_000);
  const raw = splitRecords(Buffer.from(records.map((record) => JSON.stringify(record)).join('\n')));
  return appendRecords({ database, tenantId, provider, definition, findPlace, receivedAt }, raw);
}
const signals = () =>
  asOwner<{ detector: string; severity: string; events: number }>(
    made.url,
    'SELECT detector, severity, (SELECT count(*)::int FROM signal_events e WHERE e.signal_id = g.id) AS events FROM signals g ORDER BY 1, 2',
  );

test('a traveller, a burst and a spray become one signal each, however often and by how many workers they are looked at', async () => {
  for (let day = -20; day < 0; day += 1) await append(signIn(day * 1440, '198.51.100.1'));
  await append(signIn(0, '198.51.100.1'));
  await append(
    signIn(10, '198.51.100.2', {
      agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
    }),
  );
  await append(
    ...Array.from({ length: 12 }, (_, at) => signIn(at / 4, '203.0.113.9', { user: 'bob', ok: false })),
    signIn(5, '203.0.113.9', { user: 'bob' }),
  );
  await append(
    ...Array.from({ length: 10 }, (_, at) => signIn(100 + at / 4, '203.0.113.44', { user: `p${at}`, ok: false })),
    signIn(104, '203.0.113.44', { user: 'p3' }),
  );
  const looks = await Promise.all([1, 2, 3].map(() => detectWaitingBatches(database, tenantId, detectors)));
  while ((await detectWaitingBatches(database, tenantId, detectors)).batches > 0);
  expect(looks.reduce((sum, look) => sum + look.batches, 0)).toBeGreaterThan(0);
  const first = await signals();
  expect(first.map(({ detector, severity }) => [detector, severity])).toEqual([
    ['failed-login-burst', 'high'],
    ['impossible-travel', 'high'],
    ['password-spray', 'high'],
  ]);
  // The owner at home again and the same records once more: the same three signals.
  await append(signIn(30, '198.51.100.1'));
  await asOwner(made.url, 'UPDATE event_batches SET detected_at = NULL');
  while ((await detectWaitingBatches(database, tenantId, detectors)).batches > 0);
  expect((await signals()).map(({ detector }) => detector)).toEqual(first.map(({ detector }) => detector));
  expect(await asOwner(made.url, 'SELECT 1 FROM event_batches WHERE detected_at IS NULL')).toEqual([]);
});

test('a backtest over the same days finds what was raised, and with other settings what would have been', async () => {
  const range = { from: new Date(start - 3_600_000), to: new Date(start + 86_400_000) };
  const keys: string[] = [];
  for (const detector of detectors) {
    const settings = settingsOf(detector, []);
    const summary = await backtest(database, tenantId, { detector, settings, ...range }, ({ key }) => keys.push(key));
    expect(summary.bySeverity).toEqual({ high: 1 });
  }
  const raised = await asOwner<{ key: string }>(made.url, 'SELECT key FROM signals ORDER BY key');
  expect(keys.sort()).toEqual(raised.map(({ key }) => key).sort());
  const settings = settingsOf(failedLoginBurst, ['failuresMin=13']);
  const none = await backtest(database, tenantId, { detector: failedLoginBurst, settings, ...range }, () => undefined);
  expect(none).toMatchObject({ findings: 0, subjects: 12 });
  expect(() => settingsOf(failedLoginBurst, ['failures=3'])).toThrow(/There are: failuresMin=10/);
  expect(() => settingsOf(failedLoginBurst, ['failuresMin=many'])).toThrow(/not right/);
});
