import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { POST } from '#app/api/v1/ssf/receivers/[id]/route.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { createReceiver } from '#lib/events/sources/manage-receivers.ts';
import { claimDuePolls, pollStream } from '#lib/events/sources/poll-sets.ts';
import { steerStream } from '#lib/events/sources/steer-stream.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { signToken } from '#lib/kernel/crypto/json-web-token.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import type { JsonObject } from '#lib/model/event.ts';
import { requestedEvents } from '#lib/providers/ssf/event-kinds.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const audience = 'https://desk.example.org';
const actor = systemActor(tenantId, 'test', ['providers:manage']);
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' };
const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

type Stream = { stream_id: string; status: string; endpoint: string; header: string; events: string[] };
/** A transmitter as the conformance suite plays one: it manages streams, keeps what is not acknowledged, verifies when asked. */
const transmitter = {
  waiting: new Map<string, string>(),
  errors: {} as JsonObject,
  stream: null as Stream | null,
  verified: [] as number[],
  saysItIs: null as string | null,
  tokens: 0,
  pollsAt: null as string | null,
};
const server = http.createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const body = text.startsWith('{') ? (JSON.parse(text) as JsonObject) : {};
  const url = new URL(request.url ?? '/', base());
  const send = (status: number, answer: unknown = {}) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
  if (url.pathname === '/.well-known/ssf-configuration/tenant')
    return send(200, {
      issuer: issuer(),
      jwks_uri: `${base()}/jwks`,
      configuration_endpoint: `${base()}/streams`,
      status_endpoint: `${base()}/status`,
      verification_endpoint: `${base()}/verify`,
      critical_subject_members: ['tenant'],
    });
  if (url.pathname === '/jwks') return send(200, { keys: [jwk] });
  if (url.pathname === '/token') {
    transmitter.tokens += 1;
    const isOurs = request.headers.authorization === `Basic ${Buffer.from('desk%3A1:s%26cret').toString('base64')}`;
    return isOurs ? send(200, { access_token: `token-${transmitter.tokens}`, expires_in: 3600 }) : send(400);
  }
  const valid = ['Bearer management-token', `Bearer token-${transmitter.tokens}`];
  if (!valid.includes(request.headers.authorization ?? '')) return send(401);
  if (url.pathname === '/poll') {
    for (const jti of [...((body.ack as string[]) ?? []), ...Object.keys((body.setErrs as JsonObject) ?? {})])
      transmitter.waiting.delete(jti);
    Object.assign(transmitter.errors, body.setErrs ?? {});
    const sets = [...transmitter.waiting].slice(0, Math.min(Number(body.maxEvents), 2));
    return send(200, {
      sets: Object.fromEntries(sets),
      ...(transmitter.waiting.size > sets.length && sets.length > 0 ? { moreAvailable: true } : {}),
    });
  }
  if (url.pathname === '/streams' && request.method === 'POST') {
    const delivery = body.delivery as JsonObject;
    transmitter.stream = {
      stream_id: 'stream-1',
      status: 'enabled',
      endpoint: String(delivery.endpoint_url),
      header: String(delivery.authorization_header),
      events: body.events_requested as string[],
    };
    return send(201, {
      stream_id: 'stream-1',
      iss: transmitter.saysItIs ?? issuer(),
      aud: ['https://agreed.example'],
      events_delivered: body.events_requested,
      delivery: transmitter.pollsAt ? { ...delivery, endpoint_url: transmitter.pollsAt } : delivery,
    });
  }
  if (!transmitter.stream) return send(404);
  if (url.pathname === '/streams' && request.method === 'DELETE') {
    transmitter.stream = null;
    return response.writeHead(204).end();
  }
  if (url.pathname === '/status') {
    if (request.method === 'POST') transmitter.stream.status = String(body.status);
    return send(200, { stream_id: 'stream-1', status: transmitter.stream.status });
  }
  if (url.pathname === '/verify') {
    response.writeHead(204).end();
    transmitter.verified.push(await deliver(transmitter.stream, { state: body.state ?? null }));
    return undefined;
  }
  return send(404);
});
let port = 0;
let made: Awaited<ReturnType<typeof testDatabase>>;
const base = () => `http://127.0.0.1:${port}`;
const issuer = () => `${base()}/tenant`;
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

const sign = (claims: JsonObject) =>
  signToken({ pkcs8, kid: 'k', algorithm: 'RS256', typ: 'secevent+jwt', claims, at: new Date() });
const revoked = (more: JsonObject = {}): JsonObject => ({
  iss: issuer(),
  aud: audience,
  jti: randomUUID(),
  sub_id: { format: 'iss_sub', iss: issuer(), sub: randomUUID() },
  events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': { event_timestamp: 1_700_000_000 } },
  ...more,
});

/** The transmitter pushes a verification event to wherever the receiver asked for it. */
async function deliver(stream: Stream, event: JsonObject): Promise<number> {
  const id = stream.endpoint.split('/').at(-1) ?? '';
  const token = await sign({
    ...revoked({ aud: 'https://agreed.example' }),
    sub_id: { format: 'opaque', id: stream.stream_id },
    events: { 'https://schemas.openid.net/secevent/ssf/event-type/verification': event },
  });
  const headers = { 'content-type': 'application/secevent+jwt', authorization: stream.header };
  return (
    await POST(new Request(stream.endpoint, { method: 'POST', headers, body: token }), {
      params: Promise.resolve({ id }),
    })
  ).status;
}
const receiver = (slug: string, more: JsonObject) =>
  execute(pool('desk'), createReceiver, actor, {
    name: slug,
    slug,
    issuer: issuer(),
    audience,
    jwksUri: `${base()}/jwks`,
    pollToken: 'management-token',
    allowance: { networks: ['127.0.0.0/8'], ports: [port], plainHttp: true },
    ...more,
  });
const row = async (id: string) =>
  (
    await asOwner<{
      stream_id: string | null;
      transmitter_status: string;
      verified_at: Date | null;
      failures: number;
      audience: string;
      critical_members: string[];
    }>(made.url, 'SELECT * FROM ssf_receivers WHERE id = $1', [id])
  )[0];

test('RFC 8936: polls to the end, acknowledges what is stored, reports what is not, and survives a redelivery', async () => {
  const { id, providerId } = await receiver('polled', { delivery: 'poll', pollUrl: `${base()}/poll` });
  const good = await Promise.all(
    Array.from({ length: 5 }, () => revoked()).map(async (claims) => [String(claims.jti), await sign(claims)] as const),
  );
  for (const [jti, token] of good) transmitter.waiting.set(jti, token);
  transmitter.waiting.set('none', 7 as unknown as string);
  transmitter.waiting.set('bad', await sign(revoked({ jti: 'bad', aud: 'https://somebody.example' })));
  expect(await claimDuePolls(pool('worker'), tenantId)).toEqual([id]);
  expect(await claimDuePolls(pool('worker'), tenantId)).toEqual([]);
  const context = { database: pool('worker'), tenantId, findPlace: () => nowhere, signal: AbortSignal.timeout(30_000) };
  expect(await pollStream(context, id)).toBe(7);
  expect(transmitter.waiting.size).toBe(0);
  expect(transmitter.errors).toMatchObject({ bad: { err: 'invalid_audience' }, none: { err: 'invalid_request' } });
  // The transmitter forgot that it was acknowledged.
  const [again] = good;
  if (again) transmitter.waiting.set(...again);
  expect(await pollStream(context, id)).toBe(1);
  expect(transmitter.waiting.size).toBe(0);
  expect(await asOwner(made.url, 'SELECT 1 FROM events WHERE provider_id = $1', [providerId])).toHaveLength(5);
});

test('the stream at the transmitter: made with every event type, paused, enabled, verified with a state, removed', async () => {
  const { id } = await receiver('managed', {});
  const steer = (act: string) => steerStream(pool('desk'), actor, { id, act });
  await expect(steer('verify')).rejects.toMatchObject({ code: 'conflict' });
  expect(await steer('create')).toMatchObject({ status: 'enabled' });
  expect(transmitter.stream?.events).toEqual(requestedEvents);
  expect(await row(id)).toMatchObject({
    stream_id: 'stream-1',
    audience: 'https://agreed.example',
    critical_members: ['tenant'],
  });
  expect(await steer('verify')).toMatchObject({ status: 'asked' });
  await expect.poll(() => transmitter.verified).toEqual([202]);
  expect((await row(id))?.verified_at).toBeInstanceOf(Date);
  // The state counts once: said again by anybody it is refused.
  if (!transmitter.stream) throw new Error('no stream');
  expect(await deliver(transmitter.stream, { state: 'made up' })).toBe(400);
  expect(await deliver({ ...transmitter.stream, header: 'Bearer guess' }, {})).toBe(400);
  expect(await steer('pause')).toMatchObject({ status: 'paused' });
  expect(await row(id)).toMatchObject({ transmitter_status: 'paused' });
  transmitter.stream.status = 'enabled';
  expect(await steer('status')).toMatchObject({ status: 'enabled' });
  expect(await steer('remove')).toMatchObject({ status: 'disabled' });
  expect(transmitter.stream).toBeNull();
  expect(await row(id)).toMatchObject({ stream_id: null });
});

test('a client fetches its tokens itself, and another one when the transmitter ends it early', async () => {
  const { id } = await receiver('by-client', {
    delivery: 'poll',
    pollUrl: `${base()}/poll`,
    pollToken: null,
    pollClient: { tokenUrl: `${base()}/token`, clientId: 'desk:1', clientSecret: 's&cret' },
  });
  const context = { database: pool('worker'), tenantId, findPlace: () => nowhere, signal: AbortSignal.timeout(30_000) };
  const one = async () => {
    const claims = revoked();
    transmitter.waiting.set(String(claims.jti), await sign(claims));
  };
  await one();
  expect(await pollStream(context, id)).toBe(1);
  expect(transmitter.tokens).toBe(1);
  // What the first token was is not valid any more.
  transmitter.tokens += 1;
  await one();
  expect(await pollStream(context, id)).toBe(1);
  expect(transmitter.waiting.size).toBe(0);
  expect(transmitter.tokens).toBe(3);
  await expect(
    receiver('both', { pollClient: { tokenUrl: `${base()}/token`, clientId: 'a', clientSecret: 'b' } }),
  ).rejects.toMatchObject({ code: 'invalid_input' });
});

test('where to poll may be left to the transmitter, which says it when the stream is made', async () => {
  const { id } = await receiver('address-later', { delivery: 'poll' });
  // Nobody knows yet, so nobody polls.
  expect(await claimDuePolls(pool('worker'), tenantId)).not.toContain(id);
  transmitter.pollsAt = `${base()}/poll`;
  await steerStream(pool('desk'), actor, { id, act: 'create' });
  transmitter.pollsAt = null;
  expect(await claimDuePolls(pool('worker'), tenantId)).toContain(id);
  await steerStream(pool('desk'), actor, { id, act: 'remove' });
  await expect(receiver('without-access', { delivery: 'poll', pollToken: null })).rejects.toMatchObject({
    code: 'invalid_input',
  });
});

test('a stream of another issuer than its transmitter is removed again and never used', async () => {
  const { id } = await receiver('mismatched', {});
  transmitter.saysItIs = 'https://somebody.example/';
  await expect(steerStream(pool('desk'), actor, { id, act: 'create' })).rejects.toMatchObject({ code: 'conflict' });
  transmitter.saysItIs = null;
  expect(transmitter.stream).toBeNull();
  expect(await row(id)).toMatchObject({ stream_id: null });
});

test('a transmitter that calls itself something else is not believed, and one that is away changes nothing here', async () => {
  const { id } = await receiver('elsewhere', { issuer: `${base()}/other` });
  await expect(steerStream(pool('desk'), actor, { id, act: 'create' })).rejects.toMatchObject({ code: 'unavailable' });
  expect(await row(id)).toMatchObject({ stream_id: null });
});
