import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ExportType, exportRows } from '#lib/audit/export-rows.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { listEvents } from '#lib/events/list-events.ts';
import { listSessions } from '#lib/events/list-sessions.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { testDatabase } from '#lib/kernel/db/test-database.ts';
import { parseFilter } from '#lib/model/filter.ts';
import { searchableLists } from '#lib/model/searchable-lists.ts';
import { countScope } from '#lib/revocation/count-scope.ts';
import { canonicalScope } from '#lib/revocation/scope.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const all = ['events:read', 'sessions:read', 'people:read-addresses', 'revocations:propose'] as const;
const actor = systemActor(tenantId, 'test', all);
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
const linked: Record<string, string> = {};

/** Two people who differ in everything one can search by; the first signs in, the second too and then fails. */
const record = (who: 'ada' | 'bo', more: object) => ({
  class_uid: 3002,
  activity_id: 1,
  status_id: 1,
  time: Date.now() - (who === 'ada' ? 60_000 : 90 * 60_000),
  metadata: { uid: `${who} in` },
  user: {
    uid: who,
    name: who === 'ada' ? 'Ada' : 'Bo',
    email_addr: `${who}@example.org`,
    type_id: who === 'ada' ? 1 : 4,
  },
  session: { uid: `session of ${who}` },
  service: { name: who === 'ada' ? 'Payroll' : 'Mail' },
  src_endpoint: { ip: who === 'ada' ? '1.1.1.1' : '2001:db8::9' },
  http_request: {
    user_agent: `Mozilla/5.0 (${who === 'ada' ? 'X11; Linux x86_64' : 'Windows NT 10.0; Win64; x64'}) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36`,
  },
  ...more,
});

beforeAll(async () => {
  Object.assign(globalThis, {
    gatehouseNetworks: { find: (ip: string) => (ip === '1.1.1.1' ? { asn: 13_335, name: 'One' } : null) },
  });
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 2, statementTimeoutMs: 20_000 });
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  const records = [
    record('ada', {}),
    record('bo', {}),
    record('ada', { metadata: { uid: 'ada fails' }, status_id: 2, status_detail: 'invalid credentials' }),
  ];
  await appendRecords(
    {
      database,
      tenantId,
      provider,
      definition,
      findPlace: (ip) => (ip === '1.1.1.1' ? { ...nowhere, country: 'DE' } : { ...nowhere, country: 'FR' }),
      receivedAt: new Date(),
    },
    splitRecords(Buffer.from(JSON.stringify(records))),
  );
  const { rows } = await database.inTenant(tenantId, (tx) =>
    listSessions(tx, tenantId, { conditions: [], cursor: null, limit: 9 }),
  );
  const ada = rows.find(({ personName }) => personName === 'Ada');
  Object.assign(linked, { person: ada?.personId, session: ada?.id, device: ada?.deviceId });
});
afterAll(async () => {
  await database?.close();
  await made?.close();
});

/** What the list, the export and the scope of a revocation say to one set of parameters. */
async function asked(list: 'events' | 'sessions', given: Record<string, string>) {
  const params = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, linked[value] ?? value]));
  const { filter, problems } = parseFilter(new URLSearchParams(params), searchableLists[list].filter);
  expect(problems).toEqual([]);
  const query = { conditions: filter, cursor: null, limit: 50 };
  const listed = await database.inTenant(tenantId, async (tx) =>
    list === 'events' ? (await listEvents(tx, tenantId, query)).rows : (await listSessions(tx, tenantId, query)).rows,
  );
  let exported = '';
  for await (const piece of await exportRows(database, actor, { type: list as ExportType, format: 'ndjson', filter }))
    exported += piece;
  const exportedIds = exported
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { id: string }).id);
  const scope = canonicalScope({ by: list === 'events' ? 'events' : 'filter', filter: params }, actor);
  const counted = await database.inTenant(tenantId, (tx) =>
    countScope(tx, { tenantId, proposerId: linked.person ?? '' }, scope),
  );
  expect(exportedIds.sort()).toEqual(listed.map(({ id }) => id).sort());
  return {
    who: [...new Set(listed.map(({ personName }) => personName))],
    rows: listed.length,
    sessions: counted.sessions,
  };
}

/** Each word of the search, as parameters that find Ada alone. */
const words: [word: string, params: Record<string, string>][] = [
  ['person, by words', { q: 'Ada' }],
  ['person, by link', { person: 'person' }],
  ['e-mail, in any case', { email: 'ADA@example.org' }],
  ['IP', { ip: '1.1.1.1' }],
  ['CIDR', { ip: '1.1.1.0/24' }],
  ['CIDR, all but one', { 'ip.not': '2001:db8::/32' }],
  ['ASN', { asn: 'AS13335' }],
  ['country', { country: 'de' }],
  ['country, all but one', { 'country.not': 'FR' }],
  ['device', { deviceLabel: 'Chrome on Linux' }],
  ['device, by link', { device: 'device' }],
  ['client', { client: 'Payroll' }],
  ['session', { sourceSessionId: 'session of ada' }],
  ['session, by link', { session: 'session' }],
  ['account type', { 'accountType.not': 'service,workload', provider: 'ocsf', country: 'DE' }],
  ['time', { from: '-30min' }],
  ['combined', { ip: '1.1.1.0/24', country: 'DE', deviceLabel: 'Chrome on Linux', from: '-1h', to: '-0min' }],
];
test.each(words)('%s: the same on list, export and as a scope', async (_word, params) => {
  expect(await asked('sessions', params)).toEqual({ who: ['Ada'], rows: 1, sessions: 1 });
  expect(await asked('events', params)).toEqual({ who: ['Ada'], rows: 2, sessions: 1 });
});

test('what only events have narrows the scope to the sessions in which such events happened', async () => {
  expect(await asked('events', { type: 'sign_in', outcome: 'failure' })).toEqual({
    who: ['Ada'],
    rows: 1,
    sessions: 1,
  });
  expect(await asked('events', { type: 'sign_in' })).toMatchObject({ rows: 3, sessions: 2 });
  expect(() => canonicalScope({ by: 'events', filter: {} }, actor)).toThrow(/Narrow the events/);
  const cannotSee = systemActor(tenantId, 'test', ['revocations:propose']);
  expect(() => canonicalScope({ by: 'events', filter: { type: 'sign_in' } }, cannotSee)).toThrow(/events:read/);
});

test('a scope by addresses takes the permission to read them, as the list does', () => {
  const hidden = { ...systemActor(tenantId, 'test', ['sessions:read', 'revocations:propose']), type: 'token' as const };
  expect(() => canonicalScope({ by: 'filter', filter: { ip: '1.1.1.1' } }, hidden)).toThrow(/filter is not right/);
  expect(canonicalScope({ by: 'filter', filter: { country: 'de' } }, hidden)).toEqual({
    by: 'filter',
    filter: { country: 'DE' },
  });
});

test('every screen with a filter keeps its searches, except the one where a scope is set', () => {
  const desk = path.resolve(import.meta.dirname, '../../app/(desk)');
  const files = readdirSync(desk, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx'));
  const sources = files.map((file) => ({ file, source: readFileSync(path.join(desk, file), 'utf8') }));
  const withFilter = sources.filter(({ source }) => source.includes('<FilterBar'));
  expect(withFilter.filter(({ source }) => !source.includes('<KeepFilter')).map(({ file }) => file)).toEqual([
    path.join('revocations', 'new', 'page.tsx'),
  ]);
  const kept = sources.flatMap(({ source }) =>
    [...source.matchAll(/<KeepFilter\s+list="([^"]+)"/g)].map(([, list]) => list),
  );
  expect(kept.sort()).toEqual(Object.keys(searchableLists).sort());
});
