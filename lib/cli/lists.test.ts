import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAudit } from '#lib/audit/list-audit.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { findAnything } from '#lib/events/find-anything.ts';
import { listDevices } from '#lib/events/list-devices.ts';
import { listEvents } from '#lib/events/list-events.ts';
import { listPeople } from '#lib/events/list-people.ts';
import { listSessions } from '#lib/events/list-sessions.ts';
import { readOverview } from '#lib/events/overview.ts';
import { openProvider } from '#lib/events/providers.ts';
import { listQuarantine } from '#lib/events/sources/list-quarantine.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase, type Tx } from '#lib/kernel/db/database.ts';
import { type Condition, type Cursor, decodeCursor, type Page } from '#lib/kernel/db/listing.ts';
import { testDatabase } from '#lib/kernel/db/test-database.ts';
import type { Permission } from '#lib/model/permissions.ts';
import { listSignals } from '#lib/signals/list-signals.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
type List = (
  tx: Tx,
  tenantId: string,
  query: { conditions: readonly Condition[]; cursor: Cursor | null; limit: number },
) => Promise<Page<{ id: string }>>;
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 4, statementTimeoutMs: 10_000 });
  const { provider, definition } = await openProvider(database, systemActor(tenantId, 'test'), 'ocsf');
  const records = Array.from({ length: 23 }, (_, at) => ({
    class_uid: 3002,
    activity_id: 1,
    status_id: 1,
    // Some share a moment: the id decides then.
    time: Date.now() - Math.floor(at / 3) * 60_000,
    metadata: { uid: `e${at}` },
    user: { uid: `u${at}`, name: `Person ${at}` },
    session: { uid: `s${at}` },
    src_endpoint: { ip: `192.0.2.${at + 1}` },
    http_request: { user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36' },
  }));
  const broken = Array.from({ length: 23 }, (_, at) => ({ odd: at }));
  const raw = splitRecords(Buffer.from(JSON.stringify([...records, ...broken])));
  await appendRecords(
    { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: new Date() },
    raw,
  );
});
afterAll(async () => {
  await database.close();
  await made.close();
});

const read = (list: List, conditions: Condition[], cursor: Cursor | null, limit = 5) =>
  database.inTenant(tenantId, (tx) => list(tx, tenantId, { conditions, cursor, limit }));

test.each([
  ['sessions', listSessions as List],
  ['devices', listDevices as List],
  ['quarantine', listQuarantine as List],
  ['events', listEvents as List],
  ['people', listPeople as List],
])('%s page by keyset there and back without losing or doubling a row', async (_name, list) => {
  const seen: string[] = [];
  let page = await read(list, [], null);
  expect(page).toMatchObject({ total: 23, totalIsCapped: false, previous: null });
  const first = page.rows.map(({ id }) => id);
  for (;;) {
    seen.push(...page.rows.map(({ id }) => id));
    if (!page.next) break;
    page = await read(list, [], decodeCursor(page.next));
  }
  expect(seen).toHaveLength(23);
  expect(new Set(seen).size).toBe(23);
  while (page.previous) page = await read(list, [], decodeCursor(page.previous));
  expect(page.rows.map(({ id }) => id)).toEqual(first);
});

test('the same filter words narrow a list, and another tenant sees nothing', async () => {
  expect(
    (await read(listSessions as List, [{ field: 'ip', op: 'is', value: ['192.0.2.0/30'] }], null, 50)).rows,
  ).toHaveLength(3);
  expect(
    (await read(listSessions as List, [{ field: 'q', op: 'is', value: ['Person 7'] }], null, 50)).rows,
  ).toHaveLength(1);
  expect((await read(listSessions as List, [{ field: 'q', op: 'is', value: ['%'] }], null, 50)).rows).toHaveLength(0);
  expect(
    (await read(listSessions as List, [{ field: 'state', op: 'is', value: ['live', 'stale'] }], null, 50)).rows,
  ).toHaveLength(23);
  const other = '01900000-0000-7000-8000-0000000000ff';
  const foreign = await database.inTenant(other, (tx) =>
    listSessions(tx, tenantId, { conditions: [], cursor: null, limit: 5 }),
  );
  expect(foreign.rows).toEqual([]);
});

test('signals, audit and overview answer on a small store', async () => {
  expect((await read(listSignals as List, [], null)).rows).toEqual([]);
  expect((await read(listAudit as List, [], null)).rows).toHaveLength(1);
  const overview = await database.inTenant(tenantId, (tx) => readOverview(tx, tenantId));
  expect(overview).toMatchObject({ liveSessions: 23, signIns24h: 23, failures24h: 0, devicesNew24h: 23 });
  expect(overview.hours).toHaveLength(72);
});

test('the search over the desk finds people, sessions and addresses, and only what the reader may see', async () => {
  const find = (text: string, ...permissions: Permission[]) =>
    database.inTenant(tenantId, (tx) => findAnything(tx, tenantId, text, new Set(permissions)));
  const all: Permission[] = ['people:read', 'people:read-addresses', 'sessions:read'];
  expect(await find('Person 7', ...all)).toMatchObject([{ kind: 'person', label: 'Person 7' }]);
  expect(await find('s12', ...all)).toMatchObject([{ kind: 'session', label: 's12', note: 'Person 12' }]);
  expect(await find('192.0.2.9', ...all)).toMatchObject([{ kind: 'address', note: '1 session' }]);
  expect(await find('Person 7', 'sessions:read')).toEqual([]);
  expect(await find('s12', 'people:read')).toEqual([]);
  expect(await find('192.0.2.9', 'people:read', 'sessions:read')).toEqual([]);
  expect(await find('192.0.2.900', ...all)).toEqual([]);
  expect(await find("%' OR '1'='1", ...all)).toEqual([]);
});
