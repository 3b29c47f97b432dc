import { afterAll, beforeAll, expect, test } from 'vitest';
import { listDevices } from '#lib/events/list-devices.ts';
import { listEvents } from '#lib/events/list-events.ts';
import { listPeople } from '#lib/events/list-people.ts';
import { listSessions } from '#lib/events/list-sessions.ts';
import { type Database, openDatabase, Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { Condition, Cursor, Page } from '#lib/kernel/db/listing.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
type List = (
  tx: Tx,
  tenantId: string,
  query: { conditions: readonly Condition[]; cursor: Cursor | null; limit: number },
) => Promise<Page<unknown>>;
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;

// Rows enough that the planner would rather not read them all; made by the database, for speed.
const seed = `
  INSERT INTO providers (tenant_id, id, slug, kind, name, issuer) VALUES ('${tenantId}', md5('v')::uuid, 'okta', 'okta', 'Okta', 'i');
  SELECT gatehouse_ensure_event_months(ARRAY[now()::date, (now() - interval '27 days')::date]);
  INSERT INTO people (tenant_id, id, provider_id, issuer, subject, account_type, display_name, email, first_seen_at, last_seen_at, sign_ins, failures)
    SELECT '${tenantId}', md5('p' || n)::uuid, md5('v')::uuid, 'i', 's' || n, 'human', 'Person ' || n || ' ' || md5(n::text), 'person' || n || '@example.org',
      now() - n * interval '1 second', now() - n * interval '1 second', 1, 0 FROM generate_series(1, 6000) n;
  INSERT INTO sessions (tenant_id, id, provider_id, source_session_id, person_id, device_id, started_at, last_seen_at, ip, country, asn, events)
    SELECT '${tenantId}', md5('s' || n)::uuid, md5('v')::uuid, 'x' || n, md5('p' || n)::uuid, md5('d' || n)::uuid, now(), now() - n * interval '1 second',
      ('10.' || n % 250 || '.' || n / 250 % 250 || '.7')::inet, chr(65 + n % 26) || chr(65 + n / 26 % 26), n % 900, 1 FROM generate_series(1, 6000) n;
  INSERT INTO session_clients SELECT '${tenantId}', md5('s' || n)::uuid, 'app ' || n % 400, now(), now() FROM generate_series(1, 6000) n;
  INSERT INTO devices (tenant_id, id, person_id, fingerprint, label, strong, first_seen_at, last_seen_at, sign_ins, failures)
    SELECT '${tenantId}', md5('d' || n)::uuid, md5('p' || n)::uuid, 'f', 'Chrome on Linux', false, now(), now() - n * interval '1 second', 1, 0 FROM generate_series(1, 6000) n;
  INSERT INTO events (tenant_id, occurred_at, id, provider_id, source_event_id, type, provider_type, outcome, interactive, person_id, session_id, device_id,
      client, ip, country, asn, time_quality, detail, raw)
    SELECT '${tenantId}', now() - n * interval '128 seconds', md5('e' || n)::uuid, md5('v')::uuid, n::text, CASE n % 500 WHEN 0 THEN 'factor_removed' ELSE 'sign_in' END,
      't', CASE n % 9 WHEN 0 THEN 'failure' ELSE 'success' END, true, md5('p' || n % 6000)::uuid, md5('s' || n % 6000)::uuid, md5('d' || n % 6000)::uuid,
      'app ' || n % 400, ('10.' || n % 250 || '.' || n / 250 % 250 || '.7')::inet, chr(65 + n % 26) || chr(65 + n / 26 % 26), n % 900, 'ok', '{}', '\\x7b7d'
    FROM generate_series(1, 18000) n;
  INSERT INTO providers (tenant_id, id, slug, kind, name, issuer) VALUES ('${tenantId}', md5('small')::uuid, 'small', 'okta', 'Small', 'i');
  INSERT INTO events (tenant_id, occurred_at, id, provider_id, source_event_id, type, provider_type, outcome, reason, interactive, device_label, account_type,
      client, time_quality, detail, raw)
    SELECT '${tenantId}', now() - n * interval '20 hours', md5('rare' || n)::uuid, md5('small')::uuid, 'rare' || n, 'other', 'rare.thing', 'failure', 'account_locked', true,
      'Opera on FreeBSD', 'service', 'app 7', 'absurd', '{}', '\\x7b7d' FROM generate_series(1, 20) n;
  ANALYZE;`;

beforeAll(async () => {
  made = await testDatabase();
  for (const statement of seed.split(';\n')) await asOwner(made.url, statement);
  database = openDatabase({ url: made.url, name: 'test', connections: 2, statementTimeoutMs: 20_000 });
}, 300_000);
afterAll(async () => {
  await database?.close();
  await made?.close();
});

const is = (field: string, ...value: string[]): Condition => ({ field, op: 'is', value });
const not = (field: string, ...value: string[]): Condition => ({ field, op: 'not', value });
const since = (span: string): Condition => ({ field: 'from', op: 'from', value: [span] });
const id = '01900000-0000-7000-8000-0000000000aa';

/** Every plan of a list's statements for a filter, as the role and behind the tenant wall that the desk has. */
function plansOf(list: List, conditions: Condition[]): Promise<string[]> {
  return database.inTenant(tenantId, async (tx) => {
    const plans: string[] = [];
    const explaining = async (strings: readonly string[], ...values: unknown[]) => {
      const rows = await tx.$queryRaw<
        { 'QUERY PLAN': unknown }[]
      >`EXPLAIN (FORMAT JSON) ${Prisma.sql(strings, ...values)}`;
      plans.push(JSON.stringify(rows[0]?.['QUERY PLAN']));
      return tx.$queryRaw`${Prisma.sql(strings, ...values)}`;
    };
    await list({ $queryRaw: explaining } as unknown as Tx, tenantId, { conditions, cursor: null, limit: 50 });
    return plans;
  });
}
const scansAll = (plan: string, tables: RegExp) =>
  [...plan.matchAll(/"Node Type": ?"Seq Scan".{0,160}?"Relation Name": ?"([^"]+)"/g)]
    .map(([, table = '']) => table)
    .filter((table) => tables.test(table));

const common: Condition[][] = [
  [],
  [is('email', 'Person77@example.org')],
  [is('q', '77 ')],
  [is('ip', '10.7.0.0/16')],
  [is('ip', '10.7.9.7', '10.8.0.0/24')],
  [is('asn', '77')],
  [since('-1h')],
];
test.each<[string, List, Condition[][]]>([
  [
    'events',
    listEvents as List,
    [
      ...common,
      [is('person', id)],
      [is('session', id)],
      [is('device', id)],
      [is('country', 'KP')],
      [is('type', 'factor_removed')],
      [is('type', 'sign_in'), is('outcome', 'failure'), is('asn', '5', '77'), since('-24h')],
      [is('client', 'app 7')],
      [is('client', 'nothing')],
      [is('name', 'rare.thing')],
      [is('deviceLabel', 'Opera on FreeBSD')],
      [is('reason', 'account_locked')],
      [is('accountType', 'service')],
      [is('provider', 'small')],
      [is('timeQuality', 'absurd')],
    ],
  ],
  [
    'sessions',
    listSessions as List,
    [
      ...common,
      [is('person', id)],
      [is('device', id)],
      [is('country', 'KP')],
      [is('client', 'app 7')],
      [is('signOut', 'reached')],
      [is('signOut', 'outlived')],
    ],
  ],
  ['devices', listDevices as List, [[], [is('email', 'person77@example.org')], [is('person', id)], [since('-1h')]]],
  ['people', listPeople as List, [[], [is('email', 'person77@example.org')], [is('q', '77 '), since('-1h')]]],
])('no hot filter of %s reads its table from end to end', async (_name, list, filters) => {
  for (const conditions of filters) {
    // The total stops at its cap, so where most rows match it may well take them as they lie.
    const isWide = conditions.every(({ field }) => field === 'from');
    const plans = (await plansOf(list, conditions)).slice(0, isWide ? 1 : undefined);
    expect(plans.length).toBeGreaterThan(0);
    expect({
      conditions,
      scanned: plans.flatMap((plan) => scansAll(plan, /^(events|sessions|devices|people|session_clients)/)),
    }).toEqual({ conditions, scanned: [] });
  }
});

test('a person is found by the index on people, not by walking all events in order of time', async () => {
  for (const conditions of [[is('email', 'person77@example.org')], [is('q', 'Person 977 ')]]) {
    const page =
      (await plansOf(listEvents as List, conditions)).find(
        (plan) => plan.includes('occurredAt') || (plan.includes('"Limit"') && plan.includes('devices_pkey')),
      ) ?? '';
    expect(page).toContain('person_id_occurred_at_idx');
    expect(page).not.toMatch(/"Index Name": ?"events_\d{4}_\d{2}_pkey"/);
  }
});

test('failures and living sessions are found and counted by the index that holds no others', async () => {
  // In order of time, so that a page is read and not all of them sorted.
  for (const conditions of [
    [is('type', 'sign_in'), is('outcome', 'failure')],
    [is('country', 'KP')],
    [is('asn', '77')],
  ])
    expect((await plansOf(listEvents as List, conditions))[0]).not.toMatch(/"Node Type": ?"Sort"/);
  const failed = await plansOf(listEvents as List, [is('type', 'factor_removed'), is('outcome', 'failure')]);
  expect(failed.at(-1)).toMatch(
    /"Node Type": ?"Index Only Scan".{0,200}"Index Name": ?"events_\d{4}_\d{2}_tenant_id_type_occurred_at_outcome_idx"/,
  );
  for (const plan of await plansOf(listSessions as List, [is('state', 'live'), is('country', 'KP')]))
    expect(scansAll(plan, /^sessions/)).toEqual([]);
  const live = await plansOf(listSessions as List, [is('state', 'live')]);
  expect(live[0]).toContain('"sessions_live"');
});

test('a word that few rows have gives its rows in order of time, and its total without a look at the rows', async () => {
  for (const [field, value, index] of [
    ['client', 'app 7', 'client'],
    ['name', 'rare.thing', 'provider_type'],
    ['deviceLabel', 'Opera on FreeBSD', 'device_label'],
    ['provider', 'small', 'provider_id'],
  ] as const) {
    const plans = await plansOf(listEvents as List, [is(field, value)]);
    const page = plans.find((plan) => plan.includes('devices_pkey')) ?? '';
    expect(page).toMatch(new RegExp(`events_\\d{4}_\\d{2}_tenant_id_${index}_occurred_at_idx`));
    expect(plans.at(-1)).toMatch(/"Node Type": ?"(Index Only Scan|Bitmap Index Scan)"/);
  }
});

test('excluded words are found by the words that are left', async () => {
  const left = async (...conditions: Condition[]) =>
    (await database.inTenant(tenantId, (tx) => listEvents(tx, tenantId, { conditions, cursor: null, limit: 50 })))
      .total;
  for (const [condition, total] of [
    [not('type', 'sign_in', 'factor_removed'), 20],
    [not('outcome', 'success', 'failure'), 0],
    [not('provider', 'okta'), 20],
    [not('provider', 'okta', 'small'), 0],
  ] as const) {
    const plans = await plansOf(listEvents as List, [condition]);
    expect({ condition, scanned: plans.flatMap((plan) => scansAll(plan, /^events/)) }).toEqual({
      condition,
      scanned: [],
    });
    expect(plans.slice(-2).join()).not.toMatch(/"Filter": ?"[^"]*(<>|NOT )/);
    expect({ condition, total: await left(condition) }).toEqual({ condition, total });
  }
  // A record that names nobody has no kind of account, so it is not an account of that kind.
  expect(await left(not('accountType', 'human'), is('provider', 'small'))).toBe(20);
});

test('words that very many people have are met by walking the list, not by reading everything of all of them', async () => {
  for (const list of [listEvents, listSessions] as List[]) {
    const [page = ''] = (await plansOf(list, [is('q', 'Person')])).filter((plan) => plan.includes('devices_pkey'));
    expect(page).not.toMatch(/person_id_(occurred_at|last_seen_at)_idx/);
  }
});

test('a plan that does read it from end to end is noticed', async () => {
  const [plan = ''] = await plansOf(async (tx) => {
    await tx.$queryRaw`SELECT count(*) FROM events WHERE as_name = 'x'`;
    return { rows: [], next: null, previous: null, total: 0, totalIsCapped: false };
  }, []);
  expect(scansAll(plan, /^events/).length).toBeGreaterThan(0);
});
