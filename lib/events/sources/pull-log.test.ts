import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { claimDuePulls, pullOnce } from '#lib/events/sources/pull-log.ts';
import { sourceRunner } from '#lib/events/sources/source-runner.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { saveConnection } from '#lib/providers/connection.ts';
import { duoHeaders } from '#lib/providers/duo/duo-api.ts';
import { forgetTokens } from '#lib/providers/provider-http.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
type Answer = { status?: number; headers?: Record<string, string | string[]>; body?: unknown };
type Call = { method: string; url: URL; headers: http.IncomingHttpHeaders; form: URLSearchParams };

/** The provider's side: a real HTTP server, each test gives it the rules of one provider's log. */
const double = { answer: (_call: Call): Answer => ({ status: 500 }), calls: [] as Call[] };
const server = http.createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const call = {
    method: request.method ?? '',
    url: new URL(request.url ?? '/', `http://127.0.0.1:${port}`),
    headers: request.headers,
    form: new URLSearchParams(Buffer.concat(chunks).toString()),
  };
  double.calls.push(call);
  const { status = 200, headers = {}, body = {} } = double.answer(call);
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
});
let port = 0;
let url = '';
let database: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  const made = await testDatabase();
  url = made.url;
  database = openDatabase({ url, name: 'test', connections: 4, statementTimeoutMs: 10_000 });
  close = async () => {
    await database.close();
    await made.close();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await close();
});
beforeEach(() => {
  double.calls = [];
  forgetTokens();
});

/** Connects a provider to the double and makes one of its logs due. */
async function connect(kind: string, log: string, secret: unknown): Promise<string> {
  const { provider } = await openProvider(database, systemActor(tenantId, 'test'), kind);
  const id = newId();
  await database.inTenant(tenantId, async (tx) => {
    await saveConnection(tx, {
      tenantId,
      providerId: provider.id,
      baseUrl: `http://127.0.0.1:${port}`,
      secret: typeof secret === 'string' ? secret : JSON.stringify(secret),
      allowance: { networks: ['127.0.0.0/8'], ports: [port], plainHttp: true },
    });
    await tx.providerPull.deleteMany({ where: { tenantId } });
    await tx.providerPull.create({ data: { tenantId, id, providerId: provider.id, log } });
  });
  return id;
}
async function look(): Promise<number> {
  await asOwner(url, "UPDATE provider_pulls SET next_at = '2000-01-01'");
  const [due] = await claimDuePulls(database, tenantId, 1);
  if (!due) throw new Error('nothing is due');
  return pullOnce({ database, tenantId, findPlace: () => nowhere, signal: AbortSignal.timeout(20_000) }, due);
}
const state = async () =>
  (
    await asOwner<{
      cursor: Record<string, unknown>;
      failures: number;
      last_error: string | null;
      rest: number;
      lease_by: string | null;
    }>(
      url,
      'SELECT cursor, failures, last_error, lease_by, round(extract(epoch FROM next_at - clock_timestamp()))::int AS rest FROM provider_pulls',
    )
  )[0];
const stored = async (kind: string) =>
  (
    await asOwner<{ id: string }>(
      url,
      'SELECT e.source_event_id AS id FROM events e JOIN providers p ON p.id = e.provider_id WHERE p.kind = $1 ORDER BY e.occurred_at, 1',
      [kind],
    )
  ).map(({ id }) => id);
const token = { access_token: 'token-of-the-double', expires_in: 300 };
const iso = (minute: number) => new Date(Date.now() - (60 - minute) * 60_000).toISOString();

describe('Okta', () => {
  const event = (n: number) => ({
    uuid: `okta-${n}`,
    published: iso(n),
    eventType: 'user.session.start',
    actor: { id: 'u1', type: 'User' },
    outcome: { result: 'SUCCESS' },
  });
  /** A log that grows; `after` is a place in it, and a `next` link is on every page. */
  const log: ReturnType<typeof event>[] = [];
  const answer = ({ url: asked, headers }: Call): Answer => {
    if (headers.authorization !== 'SSWS secret-token') return { status: 401 };
    const start = Number(asked.searchParams.get('after') ?? 0);
    const page = log.slice(start, start + 2);
    const next = `<http://127.0.0.1:${port}/api/v1/logs?after=${start + page.length}&limit=100>; rel="next"`;
    return { headers: { Link: [`<${asked.href}>; rel="self"`, next] }, body: page };
  };

  test('follows the next link, the empty page’s too, and finds later what came later', async () => {
    double.answer = answer;
    log.push(event(1), event(2), event(3));
    await connect('okta', 'system-log', 'secret-token');
    expect(await look()).toBe(3);
    expect(double.calls[0]?.url.searchParams.get('sortOrder')).toBe('ASCENDING');
    // Late: older than what was read, stored by Okta afterwards.
    log.push(event(0), event(4));
    expect(await look()).toBe(2);
    expect(await stored('okta')).toEqual(['okta-0', 'okta-1', 'okta-2', 'okta-3', 'okta-4']);
    expect(await state()).toMatchObject({ failures: 0, last_error: null, lease_by: null, rest: 15 });
  });

  test('rests as long as the rate limit says, then goes on where it was', async () => {
    double.answer = () => ({
      status: 429,
      headers: { 'X-Rate-Limit-Reset': String(Math.floor(Date.now() / 1000) + 40) },
    });
    expect(await look()).toBe(0);
    const resting = await state();
    expect(resting?.failures).toBe(1);
    expect(resting?.rest).toBeGreaterThan(30);
    expect(resting?.rest).toBeLessThanOrEqual(41);
    double.answer = answer;
    log.push(event(5));
    expect(await look()).toBe(1);
  });

  test('a refused token is said and tried less and less often; a link to elsewhere is not followed', async () => {
    double.answer = () => ({ status: 401 });
    await look();
    await look();
    expect(await state()).toMatchObject({ failures: 2, last_error: expect.stringContaining('credentials'), rest: 30 });
    double.answer = () => ({ headers: { Link: '<http://169.254.169.254/latest?after=9>; rel="next"' }, body: [] });
    await look();
    expect((await state())?.last_error).toContain('not followed');
    expect(double.calls.every(({ url: asked }) => asked.hostname === '127.0.0.1')).toBe(true);
  });

  test('a wait may be given as a date too, and a page that leads to itself is not asked for without end', async () => {
    double.answer = () => ({ status: 429, headers: { 'Retry-After': new Date(Date.now() + 90_000).toUTCString() } });
    await look();
    const resting = await state();
    expect(resting?.rest).toBeGreaterThan(80);
    expect(resting?.rest).toBeLessThanOrEqual(91);
    const self = `/api/v1/logs?after=2&limit=100`;
    double.answer = () => ({ headers: { Link: `<http://127.0.0.1:${port}${self}>; rel="next"` }, body: [log[0]] });
    double.calls = [];
    await look();
    expect(double.calls.length).toBeLessThanOrEqual(2);
    expect(await state()).toMatchObject({ failures: 0, rest: 15 });
    double.answer = answer;
    await look();
  });

  test('a place that Okta no longer knows is left for the time of what was read; nothing is lost by it', async () => {
    log.push({ ...event(0), uuid: 'okta-late', published: new Date(Date.now() - 5 * 60_000).toISOString() });
    let wasRefused = false;
    double.answer = (call) => {
      if (wasRefused) return answer(call);
      wasRefused = true;
      return { status: 400, body: { errorCode: 'E0000001' } };
    };
    double.calls = [];
    await look();
    expect(await stored('okta')).toContain('okta-late');
    const since = double.calls.map(({ url: asked }) => asked.searchParams.get('since')).find(Boolean);
    expect(Date.now() - Date.parse(since ?? '')).toBeLessThan(3 * 3_600_000);
    double.answer = answer;
    await look();
    expect(await state()).toMatchObject({ failures: 0 });
  });

  test('slow providers of one tenant leave the logs of another alone', async () => {
    const other = newId();
    await asOwner(url, "INSERT INTO tenants (id, slug, name) VALUES ($1, 'slow', 'Slow')", [other]);
    await asOwner(
      url,
      `INSERT INTO providers (tenant_id, id, slug, kind, name, issuer)
       SELECT $1, gen_random_uuid(), 'okta-' || n, 'okta', 'Slow', 'urn:slow' FROM generate_series(1, 30) n`,
      [other],
    );
    const slow = await asOwner<{ id: string }>(url, 'SELECT id::text FROM providers WHERE tenant_id = $1', [other]);
    const deaf = http.createServer(() => undefined);
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const { port: deafPort } = deaf.address() as AddressInfo;
    await database.inTenant(other, async (tx) => {
      for (const { id: providerId } of slow) {
        await saveConnection(tx, {
          tenantId: other,
          providerId,
          baseUrl: `http://127.0.0.1:${deafPort}`,
          secret: 'x',
          allowance: { networks: ['127.0.0.0/8'], ports: [deafPort], plainHttp: true },
        });
        await tx.providerPull.create({ data: { tenantId: other, id: newId(), providerId, log: 'system-log' } });
      }
    });
    double.answer = answer;
    log.push(event(7));
    await asOwner(url, "UPDATE provider_pulls SET next_at = '2000-01-01'");
    const runner = sourceRunner(database, () => nowhere);
    const signal = AbortSignal.timeout(20_000);
    for (let round = 0; round < 10; round += 1) await runner.work(other, signal);
    await runner.work(tenantId, signal);
    await expect.poll(() => stored('okta'), { timeout: 4_000 }).toContain('okta-7');
    deaf.closeAllConnections();
    deaf.close();
    await runner.settle();
    await asOwner(url, 'DELETE FROM provider_pulls WHERE tenant_id = $1', [other]);
  }, 30_000);

  test('one instance at a time; a lease that ran out is taken over and the first one stores nothing more', async () => {
    double.answer = answer;
    log.push(event(6));
    await asOwner(url, "UPDATE provider_pulls SET next_at = '2000-01-01'");
    const [mine] = await claimDuePulls(database, tenantId, 5);
    expect(await claimDuePulls(database, tenantId, 5)).toEqual([]);
    await asOwner(url, "UPDATE provider_pulls SET lease_by = 'another instance'");
    if (!mine) throw new Error('nothing was due');
    const context = { database, tenantId, findPlace: () => nowhere, signal: AbortSignal.timeout(20_000) };
    await expect(pullOnce(context, mine)).rejects.toMatchObject({ name: 'LeaseLost' });
    expect(await stored('okta')).not.toContain('okta-6');
    await asOwner(url, 'UPDATE provider_pulls SET lease_by = NULL, lease_until = NULL');
    expect(await look()).toBe(1);
  });
});

test('Auth0: from the last log id, a token of its own, each log once', async () => {
  const logs = Array.from({ length: 5 }, (_, n) => ({
    log_id: `a${n}`,
    _id: `a${n}`,
    date: iso(n),
    type: 's',
    user_id: 'auth0|u',
    client_id: 'c',
  }));
  double.answer = ({ url: asked, form, headers }) => {
    if (asked.pathname === '/oauth/token')
      return form.get('client_secret') === 'shh' ? { body: token } : { status: 401 };
    if (headers.authorization !== `Bearer ${token.access_token}`) return { status: 401 };
    const from = asked.searchParams.get('from');
    const start = from === null ? 0 : logs.findIndex(({ log_id }) => log_id === from) + 1;
    return { headers: { 'x-ratelimit-remaining': '9' }, body: logs.slice(start, start + 2) };
  };
  await connect('auth0', 'logs', { clientId: 'id', clientSecret: 'shh' });
  expect(await look()).toBe(5);
  expect(await look()).toBe(0);
  expect(await state()).toMatchObject({ cursor: { after: 'a4' } });
  expect(double.calls.filter(({ url: asked }) => asked.pathname === '/oauth/token')).toHaveLength(1);
  // Auth0 ends a token before its time, and forgets the checkpoint with the log it names.
  const [before, after] = [token.access_token, 'the-next-token'];
  const usual = double.answer;
  const valid = { token: after };
  double.answer = (call) => {
    if (call.url.pathname === '/oauth/token') return { body: { ...token, access_token: valid.token } };
    if (call.headers.authorization !== `Bearer ${valid.token}`) return { status: 401 };
    if (call.url.searchParams.get('from') === 'a4') return { status: 400 };
    return usual({ ...call, headers: { ...call.headers, authorization: `Bearer ${before}` } });
  };
  logs.push({ ...(logs[4] as (typeof logs)[number]), log_id: 'a5', _id: 'a5', date: iso(55) });
  expect(await look()).toBe(1);
  expect(await state()).toMatchObject({ failures: 0, cursor: { after: 'a5' } });
  // A token that was refused at once is not asked for again and again.
  valid.token = 'never';
  double.answer = (call) => (call.url.pathname === '/oauth/token' ? { body: token } : { status: 401 });
  double.calls = [];
  await look();
  expect(double.calls.map(({ url: asked }) => asked.pathname)).toEqual([
    '/api/v2/logs',
    '/oauth/token',
    '/api/v2/logs',
  ]);
  expect((await state())?.last_error).toContain('credentials');
  double.answer = () => ({ status: 400, body: { error: 'invalid_client' } });
  await look();
  expect((await state())?.last_error).toContain('gave no token');
});

test('Entra: pages by nextLink, then from the newest seen less the overlap, so that a late record is found', async () => {
  const record = (n: number) => ({
    id: `e${n}`,
    createdDateTime: iso(n),
    userId: 'u',
    appId: 'a',
    status: { errorCode: 0 },
  });
  const records = [record(30), record(31), record(40)];
  double.answer = ({ url: asked }) => {
    if (asked.pathname === '/token') return { body: token };
    const since = Date.parse(/ge (\S+)/.exec(asked.searchParams.get('$filter') ?? '')?.[1] ?? '');
    const found = records.filter(({ createdDateTime }) => Date.parse(createdDateTime) >= since);
    const skip = Number(asked.searchParams.get('$skiptoken') ?? 0);
    const next = new URL(asked);
    next.searchParams.set('$skiptoken', String(skip + 2));
    return {
      body: {
        value: found.slice(skip, skip + 2),
        ...(skip + 2 < found.length ? { '@odata.nextLink': next.href } : {}),
      },
    };
  };
  await connect('entra', 'sign-ins', {
    tenantId: 't',
    clientId: 'c',
    clientSecret: 's',
    tokenUrl: `http://127.0.0.1:${port}/token`,
  });
  expect(await look()).toBe(3);
  records.push(record(35));
  expect(await look()).toBe(1);
  expect(await stored('entra')).toEqual(['e30', 'e31', 'e35', 'e40']);
  // Long records make a page larger than any single record may be; none of them is lost.
  const long = Array.from({ length: 4 }, (_, n) => ({ ...record(50 + n), policies: 'x'.repeat(400_000) }));
  records.push(...long);
  expect(await look()).toBe(4);
  // A skip token that Graph does not take any more: from what was read, within the same look.
  records.push(record(56), record(57), record(58));
  const usual = double.answer;
  double.answer = (call) =>
    call.url.searchParams.get('$skiptoken') === '4'
      ? { status: 400, body: { error: { message: 'Invalid Skip Token' } } }
      : usual(call);
  await look();
  double.answer = usual;
  await look();
  expect(await stored('entra')).toEqual(expect.arrayContaining(['e53', 'e56', 'e57', 'e58']));
  expect(await state()).toMatchObject({ failures: 0 });
  // A record of the future does not make the log begin there.
  records.push({ ...record(59), id: 'ahead', createdDateTime: new Date(Date.now() + 86_400_000).toISOString() });
  await look();
  records.push(record(59.5));
  await look();
  expect(await stored('entra')).toEqual(expect.arrayContaining(['ahead', 'e59.5']));
});

test('Google: newest first by page token, several events an activity, the start moves only at the end', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = {
    client_email: 'reader@project.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    private_key_id: 'k1',
    token_uri: `http://127.0.0.1:${port}/token`,
  };
  const activity = (n: number, ...names: string[]) => ({
    id: { time: iso(n), uniqueQualifier: String(n), applicationName: 'login', customerId: 'C' },
    actor: { email: 'ada@acme.example', profileId: '1' },
    events: names.map((name) => ({ type: 'login', name })),
  });
  const activities = [
    activity(40, 'login_success', 'login_verification'),
    activity(20, 'logout'),
    activity(10, 'login_failure'),
  ];
  double.answer = ({ url: asked, form }) => {
    if (asked.pathname === '/token')
      return form.get('assertion')?.split('.').length === 3 ? { body: token } : { status: 400 };
    const start = Number(asked.searchParams.get('pageToken') ?? 0);
    return {
      body: {
        kind: 'admin#reports#activities',
        items: activities.slice(start, start + 2),
        ...(start + 2 < activities.length ? { nextPageToken: String(start + 2) } : {}),
      },
    };
  };
  await connect('google', 'login', { key: JSON.stringify(key), subject: 'root@acme.example' });
  expect(await look()).toBe(4);
  expect(await look()).toBe(0);
  expect(await state()).toMatchObject({
    cursor: { since: new Date(Date.parse(activities[0]?.id.time ?? '')).toISOString() },
  });
  // A quota that is used up comes with the status of a missing right.
  double.answer = () => ({
    status: 403,
    body: { error: { code: 403, errors: [{ domain: 'usageLimits', reason: 'rateLimitExceeded' }] } },
  });
  await look();
  expect((await state())?.last_error).toContain('less often');
  double.answer = () => ({ status: 403, body: { error: { code: 403, errors: [{ reason: 'forbidden' }] } } });
  await look();
  expect((await state())?.last_error).toContain('credentials');
});

test('Keycloak: newest first by offset while events go on arriving; none is passed over', async () => {
  const events = Array.from({ length: 230 }, (_, n) => ({
    id: `k${n}`,
    time: Date.now() - 3_600_000 + n * 1000,
    type: 'LOGIN',
    realmId: 'r',
    clientId: 'c',
    userId: 'u',
    ipAddress: '192.0.2.1',
  }));
  let arrivals = 0;
  double.answer = ({ url: asked, form }) => {
    if (asked.pathname.endsWith('/token'))
      return form.get('client_id') === 'reader' ? { body: token } : { status: 401 };
    const first = Number(asked.searchParams.get('first'));
    const page = events.toReversed().slice(first, first + 100);
    if (arrivals < 3) {
      arrivals += 1;
      events.push({
        id: `new${arrivals}`,
        time: Date.now() + arrivals,
        type: 'LOGOUT',
        realmId: 'r',
        clientId: 'c',
        userId: 'u',
        ipAddress: '192.0.2.1',
      });
    }
    return { body: page };
  };
  await connect('keycloak', 'events', { realm: 'acme', clientId: 'reader', clientSecret: 's' });
  await look();
  await look();
  expect(new Set(await stored('keycloak'))).toEqual(new Set(events.map(({ id }) => id)));
  expect(await look()).toBe(0);
  // Days are those of Keycloak's own zone, whose midnight may be twelve hours after ours.
  const days = double.calls.map(({ url: asked }) => asked.searchParams.get('dateFrom')).filter((day) => day !== null);
  for (const day of days) expect(Date.parse(day) + 12 * 3_600_000).toBeLessThan(Date.now() - 3_600_000);
});

test('Duo: signed calls, a window that stays while its pages are turned, and nothing younger than Duo answers', async () => {
  const entry = (n: number) => ({
    txid: `d${n}`,
    isotimestamp: iso(n),
    timestamp: Math.floor(Date.parse(iso(n)) / 1000),
    event_type: 'authentication',
    factor: 'duo_push',
    result: 'success',
    reason: 'user_approved',
    user: { key: 'DU1', name: 'ada' },
    access_device: { ip: '192.0.2.9' },
  });
  const entries = [entry(10), entry(20), entry(30), entry(59)];
  const windows: (string | null)[][] = [];
  double.answer = ({ url: asked, headers }) => {
    const keys = { integrationKey: 'DI1', secretKey: 'shh' };
    if (headers.authorization !== duoHeaders(asked, keys, String(headers.date)).authorization) return { status: 401 };
    const [from, until] = [asked.searchParams.get('mintime'), asked.searchParams.get('maxtime')];
    windows.push([from, until]);
    const found = entries.filter(({ isotimestamp }) => {
      const at = Date.parse(isotimestamp);
      return at >= Number(from) && at <= Math.min(Number(until), Date.now() - 120_000);
    });
    const start = Number(asked.searchParams.get('next_offset')?.split(',')[0] ?? 0);
    const next = start + 2 < found.length ? [String(start + 2), 'txid'] : null;
    return {
      body: { stat: 'OK', response: { authlogs: found.slice(start, start + 2), metadata: { next_offset: next } } },
    };
  };
  await connect('duo', 'authentication', { integrationKey: 'DI1', secretKey: 'shh' });
  expect(await look()).toBe(3);
  expect(windows).toHaveLength(2);
  expect(windows[0]).toEqual(windows[1]);
  expect(await state()).toMatchObject({ cursor: { since: entries[2]?.isotimestamp }, failures: 0, rest: 60 });
  // Late by a minute and a half: within what the next look reaches back.
  entries.push(entry(28.5));
  expect(await look()).toBe(1);
  expect(await look()).toBe(0);
  await connect('duo', 'authentication', { integrationKey: 'DI1', secretKey: 'wrong' });
  await look();
  expect((await state())?.last_error).toContain('credentials');
});

test('OneLogin: a token by client credentials, pages by cursor from a start that stays, then a little back', async () => {
  const event = (n: number) => ({ id: n, created_at: iso(n), event_type_id: 8, user_id: 7, user_name: 'ada' });
  const events = [event(10), event(20), event(30)];
  double.answer = ({ url: asked, headers }) => {
    if (asked.pathname === '/auth/oauth2/v2/token')
      return headers.authorization === `Basic ${Buffer.from('id:shh').toString('base64')}`
        ? { body: token }
        : { status: 401 };
    if (headers.authorization !== `bearer:${token.access_token}`) return { status: 401 };
    expect(asked.searchParams.get('sort')).toBe('+id');
    const found = events.filter((one) => one.created_at >= String(asked.searchParams.get('since')));
    const start = Number(asked.searchParams.get('after_cursor') ?? 0);
    const page = found.slice(start, start + 2);
    return {
      headers: { 'x-ratelimit-remaining': '4999' },
      body: {
        status: { error: false },
        pagination: { after_cursor: start + 2 < found.length ? String(start + 2) : null },
        data: page,
      },
    };
  };
  await connect('onelogin', 'events', { clientId: 'id', clientSecret: 'shh' });
  expect(await look()).toBe(3);
  events.push(event(27));
  expect(await look()).toBe(1);
  expect(await look()).toBe(0);
  expect(await state()).toMatchObject({ cursor: { since: events[2]?.created_at }, rest: 30 });
});
