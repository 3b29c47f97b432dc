import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GET as hookChallenge, POST as hookDelivery } from '#app/api/v1/hooks/[id]/route.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { ingestRequest } from '#lib/events/ingest-request.ts';
import { openProvider } from '#lib/events/providers.ts';
import { listQuarantine } from '#lib/events/sources/list-quarantine.ts';
import {
  connectProvider,
  createHook,
  createProvider,
  disconnectProvider,
  revokeHook,
  steerPull,
} from '#lib/events/sources/manage-providers.ts';
import { readProviderDetail } from '#lib/events/sources/provider-detail.ts';
import { listProviderHealth } from '#lib/events/sources/provider-health.ts';
import { replayQuarantine } from '#lib/events/sources/replay-quarantine.ts';
import { testProvider } from '#lib/events/sources/test-provider.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor = systemActor(tenantId, 'test', ['providers:manage']);
const okta = { status: 200 };
const server = http.createServer((_request, response) => {
  response.writeHead(okta.status, { 'Content-Type': 'application/json', 'X-Rate-Limit-Remaining': '58' }).end('[]');
});
let made: Awaited<ReturnType<typeof testDatabase>>;
let port = 0;
beforeAll(async () => {
  made = await testDatabase();
  process.env.DATABASE_URL = made.url;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await closePools();
  await made.close();
});

type Handler = (request: Request, context?: { params: Promise<Record<string, string>> }) => Promise<Response>;
async function call(
  handler: Handler,
  init: {
    id?: string;
    method?: string;
    headers?: Record<string, string>;
    body?: unknown;
    raw?: string;
    query?: string;
  } = {},
) {
  const request = new Request(`http://localhost:3000/api/v1/x${init.query ?? ''}`, {
    method: init.method ?? 'POST',
    headers: { 'content-type': 'application/json', ...init.headers },
    ...(init.method === 'GET' ? {} : { body: init.raw ?? JSON.stringify(init.body ?? {}) }),
  });
  const answer = await handler(request, { params: Promise.resolve({ id: init.id ?? '' }) });
  return { status: answer.status, body: (await answer.json().catch(() => null)) as Record<string, never> };
}
const newProvider = async (kind: string, slug = kind) =>
  (await execute(pool('desk'), createProvider, actor, { kind, slug, name: `The ${slug}` })).id;
const tryOut = (id: string) => testProvider(pool('desk'), actor, id);
const replay = (id: string) => replayQuarantine(pool('desk'), actor, { id }, () => nowhere);
const oktaEvent = (uuid: string, more: object = {}) => ({
  uuid,
  published: new Date(Date.now() - 5_000).toISOString(),
  eventType: 'user.session.start',
  actor: { id: 'u1', type: 'User' },
  outcome: { result: 'SUCCESS' },
  ...more,
});

describe('provider hooks', () => {
  test('Okta: verified by the challenge once, deliveries taken apart and told by a secret that is shown once', async () => {
    const id = await newProvider('okta', 'okta-hooked');
    const hook = await execute(pool('desk'), createHook, actor, { id });
    const proof = { authorization: hook.authorization };
    const challenge = { ...proof, 'x-okta-verification-challenge': 'abc123' };
    expect(await call(hookChallenge, { id: hook.id, method: 'GET', headers: challenge })).toMatchObject({
      status: 200,
      body: { verification: 'abc123' },
    });
    const body = {
      eventType: 'com.okta.event_hook',
      data: { events: [oktaEvent('h1'), oktaEvent('h2'), { odd: true }] },
    };
    expect(await call(hookDelivery, { id: hook.id, headers: proof, body })).toMatchObject({
      status: 200,
      body: { received: 3, stored: 2, quarantined: 1 },
    });
    for (const wrong of ['', 'guess', hook.authorization.slice(1)]) {
      expect((await call(hookDelivery, { id: hook.id, headers: { authorization: wrong }, body })).status).toBe(401);
      expect(
        (await call(hookChallenge, { id: hook.id, method: 'GET', headers: { ...challenge, authorization: wrong } }))
          .status,
      ).toBe(401);
    }
    const [kept] = await asOwner<{ secret_hash: Buffer; verified_at: Date | null }>(
      made.url,
      'SELECT secret_hash, verified_at FROM provider_hooks WHERE id = $1',
      [hook.id],
    );
    expect(kept?.secret_hash.toString('utf8')).not.toContain(hook.authorization);
    expect(kept?.verified_at).toBeInstanceOf(Date);
    await execute(pool('desk'), revokeHook, actor, { id: hook.id });
    expect((await call(hookDelivery, { id: hook.id, headers: proof, body })).status).toBe(404);
  });

  test('Auth0: a log stream’s batch as an array and as lines, the token with or without Bearer', async () => {
    const id = await newProvider('auth0', 'auth0-hooked');
    const hook = await execute(pool('desk'), createHook, actor, { id });
    const log = (log_id: string) => ({
      log_id,
      data: { log_id, date: new Date().toISOString(), type: 's', user_id: 'auth0|u', client_id: 'c' },
    });
    const headers = { authorization: `Bearer ${hook.authorization}` };
    expect(await call(hookDelivery, { id: hook.id, headers, body: [log('1'), log('2')] })).toMatchObject({
      body: { stored: 2 },
    });
    const lines = [log('2'), log('3')].map((each) => JSON.stringify(each)).join('\n');
    expect(
      await call(hookDelivery, {
        id: hook.id,
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
        raw: lines,
      }),
    ).toMatchObject({ body: { stored: 1, duplicate: 1 } });
  });
});

test('quarantine: listed with its reason, replayed after a fix, counts right, nothing twice', async () => {
  const database = pool('desk');
  const { provider, definition } = await openProvider(database, actor, 'onelogin');
  const records = Array.from({ length: 5 }, (_, n) =>
    JSON.stringify({ event_type_id: 5, id: n, user_id: 1, created_at: n < 3 ? new Date().toISOString() : null }),
  );
  // The mapping as it was before the fix: it could read nothing.
  const before = { ...definition, map: () => expect.fail('unreadable') };
  const context = {
    database,
    tenantId,
    provider,
    definition: before,
    findPlace: () => nowhere,
    receivedAt: new Date(),
  };
  expect(await appendRecords(context, splitRecords(Buffer.from(`[${records.join(',')}]`)))).toMatchObject({
    stored: 0,
    quarantined: 5,
  });
  const listed = await database.inTenant(tenantId, (tx) =>
    listQuarantine(tx, tenantId, {
      conditions: [{ field: 'code', op: 'is', value: ['mapping_failed'] }],
      cursor: null,
      limit: 50,
    }),
  );
  expect(listed.rows).toHaveLength(5);
  expect(listed.rows[0]).toMatchObject({ provider: 'onelogin', beginning: expect.stringContaining('event_type_id') });
  expect(await replay(provider.id)).toEqual({ tried: 5, stored: 3, duplicate: 0, stillQuarantined: 2, next: null });
  expect(await replay(provider.id)).toEqual({ tried: 2, stored: 0, duplicate: 0, stillQuarantined: 2, next: null });
  expect(await asOwner(made.url, 'SELECT 1 FROM events WHERE provider_id = $1', [provider.id])).toHaveLength(3);
  // What changed something says so before it does: also where nobody lives to say how it ended.
  const noted = await asOwner<{ action: string }>(
    made.url,
    `SELECT action FROM audit_entries WHERE target_id = $1 AND action LIKE 'quarantine_%' ORDER BY seq`,
    [provider.id],
  );
  expect(noted.map(({ action }) => action)).toEqual([
    'quarantine_replay_begun',
    'quarantine_replayed',
    'quarantine_replayed',
  ]);
  const detail = await database.inTenant(tenantId, (tx) => readProviderDetail(tx, tenantId, provider.id));
  expect(detail).toMatchObject({ state: 'receiving', storedToday: 3, quarantined: 2, lagSeconds: expect.any(Number) });
});

test('a replay that cannot try all at once goes on where it stopped, and does not begin again at the unreadable', async () => {
  const { provider } = await openProvider(pool('desk'), actor, 'duo');
  await asOwner(
    made.url,
    `INSERT INTO quarantined_records (tenant_id, id, provider_id, code, message, digest, raw)
     SELECT $1, gen_random_uuid(), $2, 'no_time', 'x', decode(md5(n::text), 'hex'), '\\x7b7d' FROM generate_series(1, 5200) n`,
    [tenantId, provider.id],
  );
  const first = await replay(provider.id);
  expect(first).toMatchObject({ tried: 5_000, stored: 0, next: expect.any(String) });
  const rest = await replayQuarantine(pool('desk'), actor, { id: provider.id, after: first.next }, () => nowhere);
  expect(rest).toMatchObject({ tried: 200, next: null });
});

test('a replay of large records stops after so many bytes, so that its memory and its time are bounded', async () => {
  const { provider } = await openProvider(pool('desk'), actor, 'auth0');
  await asOwner(
    made.url,
    `INSERT INTO quarantined_records (tenant_id, id, provider_id, code, message, digest, raw)
     SELECT $1, gen_random_uuid(), $2, 'no_time', 'x', decode(md5(n::text), 'hex'), convert_to('{"pad":"' || repeat('x', 500000) || '"}', 'UTF8')
     FROM generate_series(1, 80) n`,
    [tenantId, provider.id],
  );
  const first = await replay(provider.id);
  expect(first.tried).toBeGreaterThan(60);
  expect(first.tried).toBeLessThan(70);
  const rest = await replayQuarantine(pool('desk'), actor, { id: provider.id, after: first.next }, () => nowhere);
  expect(rest).toMatchObject({ tried: 80 - first.tried, next: null });
});

test('a delivery that was refused whole is the last error of its provider, whichever door it came through', async () => {
  const { provider } = await openProvider(pool('desk'), actor, 'google');
  const health = async () =>
    (await pool('desk').inTenant(tenantId, (tx) => listProviderHealth(tx, tenantId, provider.id)))[0];
  expect(await health()).toMatchObject({ lastError: null });
  const request = new Request('http://localhost/', {
    method: 'POST',
    body: '',
    headers: { 'content-type': 'image/png' },
  });
  const sent = ingestRequest({ database: pool('desk'), actor, slug: 'google', request, findPlace: () => nowhere });
  await expect(sent).rejects.toMatchObject({ code: 'unsupported_media' });
  expect(await health()).toMatchObject({ state: 'problem', lastError: expect.stringContaining('image/png') });
  const quarantined = new Request('http://localhost/', { method: 'POST', body: '[{"odd":1},{"odd":2}]' });
  await ingestRequest({
    database: pool('desk'),
    actor,
    slug: 'google',
    request: quarantined,
    findPlace: () => nowhere,
  });
  expect(await health()).toMatchObject({
    lastError: '2 records of a delivery could not be read and went to quarantine.',
  });
});

test('mapping coverage: events without a word of ours are counted by their own name', async () => {
  const database = pool('desk');
  const { provider, definition } = await openProvider(database, actor, 'okta');
  const odd = ['a', 'b'].map((uuid) => oktaEvent(uuid, { eventType: 'coffee.machine.start' }));
  const context = { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: new Date() };
  const body = Buffer.from(JSON.stringify([...odd, oktaEvent('c')]));
  await appendRecords(context, splitRecords(body));
  await appendRecords(context, splitRecords(body));
  const detail = await database.inTenant(tenantId, (tx) => readProviderDetail(tx, tenantId, provider.id));
  expect(detail.unmapped).toEqual([{ name: 'coffee.machine.start', count: 2 }]);
  expect(detail).toMatchObject({ storedToday: 3, unmappedToday: 2 });
});

describe('a connection', () => {
  const allowance = () => ({ networks: ['127.0.0.0/8'], ports: [port], plainHttp: true });

  test('is tried part by part; its secret goes in and never comes out', async () => {
    const id = await newProvider('okta', 'okta-connected');
    expect(await tryOut(id)).toMatchObject([
      { what: 'Push', ok: false },
      { what: 'Connection', ok: false },
    ]);
    const connect = {
      id,
      baseUrl: `http://127.0.0.1:${port}`,
      secret: { token: 'the-api-token' },
      logs: ['system-log'],
      allowance: allowance(),
    };
    await execute(pool('desk'), connectProvider, actor, connect);
    expect(await tryOut(id)).toMatchObject([
      { what: 'Credentials', ok: true, detail: expect.stringContaining('58') },
      { what: 'Log: System Log', ok: true },
    ]);
    okta.status = 403;
    const refused = await tryOut(id);
    okta.status = 200;
    expect(refused).toEqual([
      { what: 'Credentials', ok: false, detail: expect.stringContaining('credentials') },
      { what: 'Log: System Log', ok: false, detail: expect.stringContaining('credentials') },
    ]);
    const detail = await pool('desk').inTenant(tenantId, (tx) => readProviderDetail(tx, tenantId, id));
    const everything = JSON.stringify([
      detail,
      await pool('desk').inTenant(tenantId, (tx) => listProviderHealth(tx, tenantId)),
      refused,
      await asOwner(made.url, 'SELECT entry FROM audit_entries'),
    ]);
    expect(everything).not.toContain('the-api-token');
    const [row] = await asOwner<{ secret: Buffer }>(made.url, 'SELECT secret FROM providers WHERE id = $1', [id]);
    expect(row?.secret.toString('latin1')).not.toContain('the-api-token');
  });

  test('keeps its secrets when only the logs change, and asks for them again when the address does', async () => {
    const id = await newProvider('okta', 'okta-changed');
    const base = { id, baseUrl: `http://127.0.0.1:${port}` };
    await execute(pool('desk'), connectProvider, actor, {
      ...base,
      secret: { token: 't' },
      logs: ['system-log'],
      allowance: allowance(),
    });
    await execute(pool('desk'), connectProvider, actor, { ...base, logs: [] });
    const refusals: [string, object][] = [
      ['another address', { ...base, baseUrl: 'https://evil.example' }],
      ['a log it has not', { ...base, logs: ['payroll'] }],
      ['a field it has not', { ...base, secret: { token: 't', extra: 'x' }, allowance: allowance() }],
      ['a secret left out', { ...base, secret: {}, allowance: allowance() }],
      ['plain http unasked', { ...base, secret: { token: 't' } }],
      ['credentials in the address', { id, baseUrl: 'https://a:b@id.example', secret: { token: 't' } }],
    ];
    for (const [what, input] of refusals)
      await expect(execute(pool('desk'), connectProvider, actor, input), what).rejects.toMatchObject({
        code: 'invalid_input',
      });
    const [pull] = await asOwner<{ id: string; enabled: boolean }>(
      made.url,
      'SELECT id, enabled FROM provider_pulls WHERE provider_id = $1',
      [id],
    );
    expect(pull?.enabled).toBe(false);
    await execute(pool('desk'), steerPull, actor, { id: pull?.id, act: 'start' });
    await expect(execute(pool('desk'), steerPull, actor, { id: pull?.id, act: 'start' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await execute(pool('desk'), disconnectProvider, actor, { id });
    expect(await asOwner(made.url, 'SELECT 1 FROM providers WHERE id = $1 AND secret IS NULL', [id])).toHaveLength(1);
    await expect(execute(pool('desk'), disconnectProvider, actor, { id })).rejects.toMatchObject({ code: 'conflict' });
  });
});
