import http, { type IncomingHttpHeaders } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import ipaddr from 'ipaddr.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientAddress, type Network } from '#lib/cli/front/client-address.ts';
import { createFrontServer } from '#lib/cli/front/front-server.ts';
import { bodyOf, readAtMost } from '#lib/events/ingest-stream.ts';

let server: http.Server;
let port: number;
let seen: IncomingHttpHeaders = {};

beforeAll(async () => {
  server = createFrontServer({
    publicUrl: new URL('https://desk.example.org'),
    trustedProxies: [],
    onError: () => undefined,
    handle: (request, response) => {
      seen = request.headers;
      if (request.url === '/refused') return void response.writeHead(405).end();
      if (request.url === '/half') return refuseHalfWay(request, response);
      if (request.url === '/throws') throw new Error('secret detail at /srv/app/file.ts');
      response.writeHead(request.url === '/missing' ? 404 : 200, { 'Content-Type': 'text/plain' }).end('ok');
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

/** As an API route that refuses a body while it comes. */
async function refuseHalfWay(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const init = { method: 'POST', body: Readable.toWeb(request) as ReadableStream, duplex: 'half' };
  await readAtMost(bodyOf(new Request('http://desk/', init)), 1_000).catch(() => undefined);
  response.writeHead(429, { 'Content-Length': 0 }).end();
}

function ask(
  at: string,
  options: http.RequestOptions = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path: at, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end();
  });
}

/** Sends bytes as they are and reads what comes until the connection closes. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('headers of every answer, whatever made it', () => {
  test.each(['/', '/missing', '/throws', '/_next/static/x.js'])('[v5.0.0-V3.4.1] [v5.0.0-V3.4.4] %s', async (at) => {
    const { headers, text } = await ask(at);
    const age = /max-age=(\d+)/.exec(headers['strict-transport-security'] ?? '')?.[1];
    expect(Number(age)).toBeGreaterThanOrEqual(31_536_000);
    expect(headers['strict-transport-security']).toContain('includeSubDomains');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['x-powered-by']).toBeUndefined();
    expect(text).not.toContain('secret detail');
  });

  test('[v5.0.0-V14.3.2] nothing but what is the same for everybody may be kept', async () => {
    const kept = ['/', '/missing', '/api/v1/sessions', '/_next/data/x', '/_next/staticx'];
    const nearly = [
      '/.well-known/jwks.jsonx',
      '/x/.well-known/jwks.json',
      '/tenants/a/b/.well-known/jwks.json',
      '/?/.well-known/jwks.json',
    ];
    for (const at of [...kept, ...nearly]) expect((await ask(at)).headers['cache-control'], at).toBe('no-store');
    // Key sets are the same for everybody, and say themselves how long they may be kept and that any origin may read them.
    for (const at of ['/.well-known/jwks.json', '/tenants/acme/.well-known/jwks.json?x=1']) {
      const { headers } = await ask(at);
      expect([headers['cache-control'], headers['cross-origin-resource-policy']], at).toEqual([undefined, undefined]);
      expect(headers['content-security-policy'], at).toContain("default-src 'none'");
    }
  });

  test('[v5.0.0-V3.4.3] scripts run by a nonce that no two answers share', async () => {
    const policies = await Promise.all(
      Array.from({ length: 50 }, async () => String((await ask('/')).headers['content-security-policy'])),
    );
    expect(new Set(policies.map((policy) => /'nonce-([A-Za-z0-9+/=]{22,})'/.exec(policy)?.[1])).size).toBe(50);
    for (const policy of policies) {
      expect(policy).toMatch(/default-src 'none'.*object-src 'none'/);
      expect(policy).not.toMatch(/script-src[^;]*(unsafe|\*|http:)/);
    }
  });
});

describe('[v5.0.0-V4.1.3] what a proxy may say, and who is believed', () => {
  const network = (text: string) => ipaddr.parseCIDR(text) as Network;

  test('an untrusted peer is its socket, and Next hears of no host, address or shortcut it made up', async () => {
    await ask('/', {
      headers: {
        host: 'evil.example',
        'x-forwarded-for': '198.51.100.9',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'http',
        'x-real-ip': '198.51.100.9',
        forwarded: 'for=198.51.100.9',
        'x-gatehouse-client-ip': '198.51.100.9',
        'x-gatehouse-request-id': 'forged',
        'x-middleware-subrequest': 'middleware',
      },
    });
    expect(seen['x-gatehouse-client-ip']).toBe('127.0.0.1');
    expect(seen['x-forwarded-for']).toBe('127.0.0.1');
    expect(seen['x-forwarded-host']).toBe('desk.example.org');
    expect(seen['x-forwarded-proto']).toBe('https');
    expect(seen['x-gatehouse-request-id']).not.toBe('forged');
    for (const name of ['x-real-ip', 'forwarded', 'x-middleware-subrequest']) expect(seen[name], name).toBeUndefined();
  });

  test.each([
    ['no proxy is trusted', [], '10.0.0.1', '198.51.100.9', '10.0.0.1'],
    [
      'the last hop that is not a proxy of ours counts',
      ['10.0.0.0/8'],
      '10.0.0.1',
      '1.1.1.1, 198.51.100.9',
      '198.51.100.9',
    ],
    [
      'what stands before it is a claim',
      ['10.0.0.0/8'],
      '10.0.0.1',
      '127.0.0.1, 198.51.100.9, 10.0.0.7',
      '198.51.100.9',
    ],
    ['a peer that is no proxy of ours', ['10.0.0.0/8'], '203.0.113.5', '198.51.100.9', '203.0.113.5'],
    ['nonsense in the chain stops it', ['10.0.0.0/8'], '10.0.0.1', '198.51.100.9, nonsense', '10.0.0.1'],
    ['IPv4 written as IPv6', ['10.0.0.0/8'], '::ffff:10.0.0.1', '198.51.100.9', '198.51.100.9'],
    ['IPv6', ['2001:db8:1::/48'], '2001:db8:1::1', '2001:db8:2::9', '2001:db8:2::9'],
  ])('%s', (_what, trusted, peer, forwarded, expected) => {
    expect(clientAddress(peer, { 'x-forwarded-for': forwarded }, trusted.map(network))).toBe(expected);
  });
});

test('[v5.0.0-V4.1.4] only methods we know are answered by anything', async () => {
  for (const method of ['TRACE', 'PROPFIND', 'PURGE', 'MKCOL']) {
    const { status, headers } = await ask('/', { method });
    expect(status, method).toBe(405);
    expect(headers.allow).toContain('GET');
  }
  expect(await raw('FOO / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
});

test('a 405 of a route says what the address takes', async () => {
  const { status, headers } = await ask('/refused', { method: 'POST' });
  expect(status).toBe(405);
  expect(headers.allow).toBe('GET, HEAD, OPTIONS');
});

test('a body that is refused half-way does not hold up the next request on its connection', async () => {
  const body = 'x'.repeat(8 * 1024 * 1024);
  const said = await raw(
    `POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  );
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 429', 'HTTP/1.1 200']);
});

describe('[v5.0.0-V4.2.1] a request that two readers could read differently is refused', () => {
  test.each([
    [
      'two ways to say the length',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    ['a hidden encoding', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc'],
    ['lines that end in a bare line feed', 'GET / HTTP/1.1\nHost: x\n\n'],
    ['a line folded into the next', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n 2\r\n\r\n'],
  ])('%s', async (_what, bytes) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).not.toMatch(/HTTP\/1\.1 200/);
  });
});
