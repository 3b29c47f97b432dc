import type { ReactNode } from 'react';
import { renderToReadableStream } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { sampleInput } from '#app/api/sample-input.ts';
import { routes } from '#app/api/v1/routes.ts';
import { detectors } from '#lib/detection/registry.ts';
import { appendRecords } from '#lib/events/append.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { hideAddressesIn } from '#lib/kernel/addresses.ts';
import { execute } from '#lib/kernel/command.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { fieldGroups, hiddenEmail, hiddenIp } from '#lib/model/field-groups.ts';
import { permissions } from '#lib/model/permissions.ts';
import { detectWaitingBatches } from '#lib/signals/detect-batches.ts';
import { createServiceToken } from '#lib/staff/service-tokens.ts';
import { type TestOperator, testOperator } from '#lib/staff/test-operator.ts';

// Who may read which fields: as it is written, as the API answers, as the screens draw.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });
const tenantId = '01900000-0000-7000-8000-000000000001';
const origin = 'http://localhost:3000';
let actor: Actor = systemActor(tenantId, 'nobody');
vi.mock('next/navigation', () => ({
  useRouter: () => ({ refresh: () => undefined, push: () => undefined, replace: () => undefined }),
  usePathname: () => '/',
  useSearchParams: () => new URLSearchParams(),
  notFound: () => {
    throw new Error('not found');
  },
}));
vi.mock('#lib/staff/current-operator.ts', () => ({ requireOperator: async () => ({ actor }) }));

let made: Awaited<ReturnType<typeof testDatabase>>;
let all: TestOperator;
let most: TestOperator;
let secrets: string[];
const ids = new Map<string, string>();
let eventAt: string;
const secretColumns = fieldGroups.find(({ permission }) => permission === null)?.fields ?? [];

beforeAll(async () => {
  made = await testDatabase();
  Object.assign(process.env, { DATABASE_URL: made.url, GATEHOUSE_URL: origin });
  for (const [name, held] of [
    ['everything', permissions],
    ['all-but-addresses', permissions.filter((one) => one !== 'people:read-addresses')],
  ] as const)
    await asOwner(
      made.url,
      `INSERT INTO custom_roles (tenant_id, name, description, permissions, created_by, updated_by) VALUES ($1, $2, 'a test', $3, 'test', 'test')`,
      [tenantId, name, held],
    );
  all = await testOperator(pool('desk'), tenantId, ['everything'], 'all');
  most = await testOperator(pool('desk'), tenantId, ['all-but-addresses'], 'most');
  await execute(pool('desk'), createServiceToken, systemActor(tenantId, 'test', permissions), {
    name: 'a token',
    scopes: ['events:read'],
  });
  await seed();
  for (const table of ['signals', 'sessions', 'devices', 'people', 'events', 'audit_entries'])
    ids.set(
      table,
      (await asOwner<{ id: string }>(made.url, `SELECT id::text FROM ${table} ORDER BY id LIMIT 1`))[0]?.id ?? '',
    );
  const [event] = await asOwner<{ at: Date }>(made.url, 'SELECT occurred_at AS at FROM events WHERE id = $1', [
    ids.get('events'),
  ]);
  eventAt = event?.at.toISOString() ?? '';
  secrets = await storedSecrets();
});
afterAll(async () => {
  await closePools();
  await made.close();
});

/** A traveller whose e-mail address is her subject and stands in the raw record, from two addresses. */
async function seed() {
  const { provider, definition } = await openProvider(pool('desk'), systemActor(tenantId, 'test'), 'ocsf');
  const records = [
    ...Array.from({ length: 20 }, (_, day) => [1440 * (day + 1), '198.51.100.1']),
    [40, '198.51.100.1'],
    [30, '2001:db8::7'],
  ].map(([minutesAgo, ip], at) => ({
    class_uid: 3002,
    activity_id: 1,
    status_id: 1,
    time: Date.now() - Number(minutesAgo) * 60_000,
    metadata: { uid: `e${at}` },
    user: { uid: 'ada@example.org', name: 'Ada Example', email_addr: 'ada@example.org' },
    session: { uid: `source-session-${at}` },
    src_endpoint: { ip },
    service: { name: 'Payroll' },
    http_request: { user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36' },
  }));
  const findPlace = (ip: string) => ({
    country: ip.startsWith('2001') ? 'AU' : 'DE',
    region: null,
    city: ip.startsWith('2001') ? 'Sydney' : 'Berlin',
    latitude: ip.startsWith('2001') ? -33.87 : 52.52,
    longitude: ip.startsWith('2001') ? 151.21 : 13.405,
    radiusKm: null,
  });
  await appendRecords(
    { database: pool('desk'), tenantId, provider, definition, findPlace, receivedAt: new Date() },
    splitRecords(Buffer.from(JSON.stringify(records))),
  );
  while ((await detectWaitingBatches(pool('desk'), tenantId, detectors)).batches > 0);
}

/** Every value of the columns nobody reads, in the forms an answer could hold it in. */
async function storedSecrets(): Promise<string[]> {
  const columns = await asOwner<{ table: string; column: string }>(
    made.url,
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = 'public' AND udt_name = 'bytea' AND column_name ~ '(secret|wrapped|_half|_hash)' AND column_name <> 'prev_hash'`,
  );
  // What looks like a secret is written down as one, and nothing else is.
  expect([...new Set(columns.map(({ column }) => column))].sort()).toEqual([...secretColumns].sort());
  const found: string[] = [];
  for (const { table, column } of columns)
    for (const { value } of await asOwner<{ value: Buffer | null }>(
      made.url,
      `SELECT "${column}" AS value FROM "${table}" WHERE "${column}" IS NOT NULL`,
    ))
      for (const form of ['hex', 'base64', 'base64url'] as const) if (value) found.push(value.toString(form));
  return found;
}

const reads = routes.filter(
  ({ definition }) =>
    definition.method === 'GET' &&
    !['public', 'own-proof'].includes(definition.permission) &&
    !definition.path.startsWith('/api/v1/me/'),
);
const idFor = (path: string) => [...ids].find(([table]) => path.includes(table.split('_')[0] ?? ''))?.[1] ?? tenantId;

async function ask(operator: TestOperator, handler: (typeof routes)[number], search = '') {
  return send(operator, handler, undefined, search);
}
async function send(operator: TestOperator, handler: (typeof routes)[number], body: unknown, search = '') {
  const { method, path, params } = handler.definition;
  const values = params
    ? (sampleInput(z.toJSONSchema(params, { io: 'input' }) as object, () => idFor(path)) as Record<string, string>)
    : {};
  const filled = Object.fromEntries(
    [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [
      name,
      name === 'name' ? 'a-role' : String(values[name] ?? idFor(path)),
    ]),
  );
  const response = await handler(
    new Request(origin + path.replace(/\{(\w+)\}/g, (_all, name: string) => filled[name] ?? '') + search, {
      method,
      headers: {
        cookie: operator.cookie,
        'x-gatehouse-csrf': operator.csrf,
        origin,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
    { params: Promise.resolve(filled) },
  );
  const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  if (isEndless) await response.body?.cancel();
  return { status: response.status, text: isEndless ? '' : await response.text() };
}

/** The names under which addresses stand, of a value read from JSON. */
function namesOf(value: unknown, name: string, found: Set<string>): Set<string> {
  if (typeof value === 'string') {
    if (hideAddressesIn(value) !== value) found.add(name);
  } else if (Array.isArray(value)) for (const one of value) namesOf(one, name, found);
  else if (value && typeof value === 'object') for (const [key, one] of Object.entries(value)) namesOf(one, key, found);
  return found;
}

test('[v5.0.0-V8.1.2] the fields that are written down as addresses are those in which the API answers with one', async () => {
  const found = new Set<string>();
  for (const handler of reads) {
    const { status, text } = await ask(all, handler, handler.definition.path === '/api/v1/search' ? '?q=Ada' : '');
    expect(status, handler.definition.path).toBeLessThan(500);
    if (status === 200 && text.startsWith('{'))
      for (const line of text.split('\n').filter(Boolean)) namesOf(JSON.parse(line), '', found);
    for (const secret of secrets) expect(text.includes(secret), handler.definition.path).toBe(false);
  }
  const written = fieldGroups.find(({ name }) => name === 'addresses')?.fields ?? [];
  expect([...found].sort()).toEqual([...written].sort());
});

describe('[v5.0.0-V8.2.3] whoever may not read addresses', () => {
  test('gets none from any route or export, and still gets the rows', async () => {
    let hidden = 0;
    for (const handler of reads) {
      const { definition } = handler;
      const formats = definition.path.startsWith('/api/v1/export/') ? ['?format=csv', '?format=ndjson'] : [''];
      if (definition.path === '/api/v1/export/events') formats.push('?format=ocsf');
      for (const search of definition.path === '/api/v1/search' ? ['?q=Ada', '?q=198.51.100.1'] : formats) {
        const { status, text } = await ask(most, handler, search);
        expect(status, definition.path).toBeLessThan(500);
        expect(hideAddressesIn(text), definition.path).toBe(text);
        if (text.includes(hiddenEmail) && text.includes(hiddenIp)) hidden += 1;
      }
    }
    expect(hidden).toBeGreaterThan(6);
  });

  test('cannot find them out by filters or by searching', async () => {
    const list = (path: string) => reads.find(({ definition }) => definition.path === path) ?? expect.fail(path);
    for (const path of ['events', 'sessions', 'devices', 'people', 'signals'].map((name) => `/api/v1/${name}`)) {
      for (const search of ['?email=ada@example.org', '?ip=198.51.100.1', '?email.not=ada@example.org']) {
        const name = search.slice(1).split('=')[0] ?? '';
        const known = list(path).definition.query as unknown as { shape: object };
        if (!(name in known.shape)) continue;
        expect((await ask(all, list(path), search)).status, path + search).toBe(200);
        const refused = await ask(most, list(path), search);
        expect(refused.status, path + search).toBe(400);
        expect(refused.text).toContain('people:read-addresses');
      }
      const rows = async (operator: TestOperator, q: string) =>
        (JSON.parse((await ask(operator, list(path), `?q=${q}`)).text) as { data: unknown[] }).data.length;
      expect(await rows(most, 'Ada'), path).toBe(await rows(all, 'Ada'));
      expect(await rows(all, 'example.org'), path).toBeGreaterThan(0);
      expect(await rows(most, 'example.org'), path).toBe(0);
    }
    const found = await ask(most, list('/api/v1/search'), '?q=198.51.100.1');
    expect(JSON.parse(found.text)).toEqual({ data: [] });
  });

  test('gets nothing that is signed as it is: what is masked proves nothing', async () => {
    const signed = routes.filter(({ definition: { path } }) => /\/(receipt|bundle)$/.test(path));
    expect(signed).toHaveLength(2);
    for (const handler of signed) {
      const refused = await send(most, handler, undefined);
      expect(refused.status, handler.definition.path).toBe(403);
      expect(refused.text).toContain('people:read-addresses');
    }
    const bundle = signed.find(({ definition: { path } }) => path.endsWith('bundle'));
    expect(bundle && (await send(all, bundle, undefined)).text).toContain('"type":"gatehouse-audit"');
  });

  test('sees none on any screen, whose rows it sees', async () => {
    for (const [name, draw] of Object.entries(screens)) {
      actor = await all.actor();
      expect(await draw(), name).toMatch(/ada@example\.org|198\.51\.100\.1/);
      actor = await most.actor();
      const drawn = await draw();
      expect(hideAddressesIn(drawn), name).toBe(drawn);
      expect(drawn, name).toMatch(/Ada Example|\(e-mail hidden\)|\(address hidden\)/);
    }
  });
});

test('[v5.0.0-V8.2.3] [v5.0.0-V15.3.3] fields that a body does not declare are refused, whoever sends them, and change nothing', async () => {
  const changes = routes.filter(
    ({ definition }) => definition.body && !['public', 'own-proof'].includes(definition.permission),
  );
  expect(changes.length).toBeGreaterThan(30);
  const state = () =>
    asOwner(
      made.url,
      `SELECT md5(string_agg(t::text, '' ORDER BY t::text)) AS sum FROM operators t UNION ALL SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM operator_roles t`,
    );
  const before = await state();
  for (const handler of changes) {
    const { path, body } = handler.definition;
    const fitting = sampleInput(
      z.toJSONSchema(body as z.ZodType, { io: 'input', unrepresentable: 'any' }) as object,
      () => tenantId,
    ) as object;
    for (const [field, value] of [
      ['tenantId', '01900000-0000-7000-8000-00000000000b'],
      ['approvedBy', all.id],
      ['isAdministrator', true],
      ['createdAt', '2020-01-01T00:00:00Z'],
    ] as const) {
      if (field in fitting) continue;
      const { status, text } = await send(all, handler, { ...fitting, [field]: value });
      expect(status, `${path} ${field}: ${text.slice(0, 200)}`).toBe(422);
    }
  }
  expect(await state()).toEqual(before);
});

type Page = (props: never) => ReactNode | Promise<ReactNode>;
async function drawn(file: Promise<{ default: unknown }>, search: object = {}, params: object = {}): Promise<string> {
  const page = (await file).default as Page;
  const stream = await renderToReadableStream(
    await page({ params: Promise.resolve(params), searchParams: Promise.resolve(search) } as never),
  );
  await stream.allReady;
  return new Response(stream).text();
}
const screens = {
  signal: () => drawn(import('#app/(desk)/signals/[id]/page.tsx'), {}, { id: ids.get('signals') }),
  sessions: () => drawn(import('#app/(desk)/sessions/page.tsx'), { open: ids.get('sessions') }),
  devices: () => drawn(import('#app/(desk)/devices/page.tsx')),
  people: () => drawn(import('#app/(desk)/people/page.tsx')),
  person: () => drawn(import('#app/(desk)/people/[id]/page.tsx'), {}, { id: ids.get('people') }),
  events: () => drawn(import('#app/(desk)/events/page.tsx')),
  event: () => drawn(import('#app/(desk)/events/[id]/page.tsx'), { at: eventAt }, { id: ids.get('events') }),
};
