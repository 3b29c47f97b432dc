import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { checkAddress, httpAllowanceSchema, noAllowance } from '#lib/kernel/http/address-guard.ts';
import { bodyBytesMax, openHttpClient, requireStatus } from '#lib/kernel/http/http-client.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';

const canary = { hits: 0, agents: new Set<string>() };
const server = http.createServer((request, response) => {
  canary.hits += 1;
  canary.agents.add(request.headers['user-agent'] ?? '');
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/redirect') return response.writeHead(302, { Location: '/target' }).end();
  if (pathname === '/huge') return response.end(Buffer.alloc(bodyBytesMax + 1, 'x'));
  if (pathname === '/cut') {
    response.writeHead(200, { 'Content-Length': '100' }).write('half');
    return setImmediate(() => response.destroy());
  }
  if (pathname === '/busy') return response.writeHead(503, { 'Retry-After': '7' }).end();
  if (pathname === '/silent') return undefined;
  return response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":true}');
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.closeAllConnections());

const allowance = () => httpAllowanceSchema.parse({ networks: ['127.0.0.0/8'], ports: [port], plainHttp: true });
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('the call went out'),
    (error: unknown) => (error instanceof OutboundCallFailed ? error : expect.fail(String(error))),
  );

describe('addresses', () => {
  test.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.0.0.192',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '192.88.99.1',
    '168.63.129.16',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'fe80::1',
    'fec0::1',
    'fd00::1',
    'fd00:ec2::254',
    'ff02::1',
    '100::1',
    '5f00::1',
    '4000::1',
    'not an address',
    '',
  ])('%s is not called', (address) => {
    expect(() => checkAddress(address, noAllowance)).toThrow();
  });

  test.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(() => checkAddress(address, noAllowance)).not.toThrow();
  });

  test('an allowance opens its own network and nothing beside it', () => {
    const own = httpAllowanceSchema.parse({ networks: ['10.1.0.0/16'] });
    expect(() => checkAddress('10.1.2.3', own)).not.toThrow();
    expect(() => checkAddress('::ffff:10.1.2.3', own)).not.toThrow();
    for (const other of ['10.2.0.1', '127.0.0.1', '::1', '169.254.169.254'])
      expect(() => checkAddress(other, own)).toThrow();
    expect(httpAllowanceSchema.safeParse({ networks: ['everything'] }).success).toBe(false);
    expect(httpAllowanceSchema.safeParse({ anything: true }).success).toBe(false);
  });
});

describe('[v5.0.0-V1.3.6] attacks on the way out', () => {
  test.each([
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '0177.0.0.1',
    '017700000001',
    '127.1',
    '0',
    '127.0.0.1.',
    '①②⑦.0.0.1',
    '[::7f00:1]',
    'localhost',
    'LOCALHOST',
  ])('%s does not reach a listener on loopback, though port and scheme are allowed', async (host) => {
    const before = canary.hits;
    const client = openHttpClient({ allowance: { networks: [], ports: [port], plainHttp: true } });
    const failure = await failureOf(client.call({ method: 'POST', url: `http://${host}:${port}/` }));
    expect(failure).toMatchObject({ kind: 'blocked', ambiguous: false, retryable: false, status: null });
    expect(failure.message).not.toMatch(/loopback|127|::1/);
    expect(canary.hits).toBe(before);
  });

  test.each([
    ['plain http', () => `http://8.8.8.8/`],
    ['another scheme', () => 'file:///etc/passwd'],
    ['data', () => 'data:,x'],
    ['credentials', () => 'https://a:b@example.org/'],
    ['another port', () => 'https://example.org:22/'],
    ['no address', () => 'https://'],
  ])('%s is blocked before anything is resolved', async (_name, url) => {
    const resolve = vi.fn();
    expect((await failureOf(openHttpClient({ resolve }).call({ method: 'GET', url: url() }))).kind).toBe('blocked');
    expect(resolve).not.toHaveBeenCalled();
  });

  test('a name with one private address among public ones is blocked', async () => {
    const before = canary.hits;
    const resolve = async () => [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const client = openHttpClient({ resolve, allowance: { networks: [], ports: [port], plainHttp: true } });
    expect((await failureOf(client.call({ method: 'GET', url: `http://rebound.example:${port}/` }))).kind).toBe(
      'blocked',
    );
    expect(canary.hits).toBe(before);
  });

  test('a name that answers differently the second time is asked once, and its connection goes where it was checked', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
    };
    const client = openHttpClient({ resolve, allowance: allowance() });
    expect((await client.call({ method: 'GET', url: `http://rebound.example:${port}/` })).json()).toEqual({ ok: true });
    expect(asked).toBe(1);
    await client.close();
  });

  test('[v5.0.0-V13.2.4] an origin that is not the connection’s is blocked', async () => {
    const client = openHttpClient({ allowance: allowance(), origins: ['https://idp.example'] });
    expect((await failureOf(client.call({ method: 'GET', url: `http://127.0.0.1:${port}/` }))).kind).toBe('blocked');
  });

  test('a proxy in the environment is not used', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9').stubEnv('http_proxy', 'http://127.0.0.1:9');
    const client = openHttpClient({ allowance: allowance() });
    expect((await client.call({ method: 'GET', url: `http://127.0.0.1:${port}/` })).status).toBe(200);
    vi.unstubAllEnvs();
    await client.close();
  });

  test('a redirect is an answer, never followed', async () => {
    const before = canary.hits;
    const client = openHttpClient({ allowance: allowance() });
    const answer = await client.call({ method: 'GET', url: `http://127.0.0.1:${port}/redirect` });
    expect(answer.status).toBe(302);
    expect(canary.hits).toBe(before + 1);
    expect(() => requireStatus({ method: 'GET' }, answer, [200])).toThrow(/not followed/);
    await client.close();
  });
});

describe('failures say what they leave open', () => {
  test('the body is capped', async () => {
    const client = openHttpClient({ allowance: allowance() });
    expect(await failureOf(client.call({ method: 'GET', url: `http://127.0.0.1:${port}/huge` }))).toMatchObject({
      kind: 'too_large',
      retryable: false,
    });
    await client.close();
  });

  test('an answer cut off leaves a change in doubt, a read not', async () => {
    const client = openHttpClient({ allowance: allowance() });
    const url = `http://127.0.0.1:${port}/cut`;
    expect(await failureOf(client.call({ method: 'DELETE', url }))).toMatchObject({
      kind: 'broken_off',
      ambiguous: true,
      retryable: true,
    });
    expect(await failureOf(client.call({ method: 'GET', url }))).toMatchObject({
      kind: 'broken_off',
      ambiguous: false,
      retryable: true,
    });
    await client.close();
  });

  test('[v5.0.0-V13.2.6] silence ends after the total time, in doubt', async () => {
    const client = openHttpClient({ allowance: allowance() });
    expect(
      await failureOf(client.call({ method: 'POST', url: `http://127.0.0.1:${port}/silent`, body: { json: {} } })),
    ).toMatchObject({ kind: 'timed_out', ambiguous: true, retryable: true });
    await client.close();
  });

  test('a caller can stop a call', async () => {
    const client = openHttpClient({ allowance: allowance() });
    const stop = new AbortController();
    const call = failureOf(
      client.call({ method: 'POST', url: `http://127.0.0.1:${port}/silent`, signal: stop.signal }),
    );
    stop.abort();
    expect(await call).toMatchObject({ retryable: true });
    await client.close();
  });

  test('a connection that was refused changed nothing', async () => {
    const closed = http.createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const free = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const client = openHttpClient({ allowance: { ...allowance(), ports: [free] } });
    expect(await failureOf(client.call({ method: 'POST', url: `http://127.0.0.1:${free}/` }))).toMatchObject({
      kind: 'unreachable',
      ambiguous: false,
      retryable: true,
    });
  });

  test('a status is judged by what was asked', async () => {
    const client = openHttpClient({ allowance: allowance() });
    const answer = await client.call({ method: 'GET', url: `http://127.0.0.1:${port}/busy` });
    const judge = (method: 'GET' | 'POST') =>
      failureOf(Promise.resolve().then(() => requireStatus({ method }, answer, [200])));
    expect(await judge('GET')).toMatchObject({
      kind: 'status',
      status: 503,
      retryable: true,
      ambiguous: false,
      retryAfterSeconds: 7,
    });
    expect(await judge('POST')).toMatchObject({ ambiguous: true });
    await client.close();
  });
});
