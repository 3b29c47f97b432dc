import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { POST } from '#app/api/v1/ssf/receivers/[id]/route.ts';
import { erasePerson } from '#lib/events/erase-person.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { setRetention } from '#lib/events/retention.ts';
import { runRetention } from '#lib/events/run-retention.ts';
import { decideHeldSets } from '#lib/events/sources/held-sets.ts';
import { createReceiver, switchReceiver } from '#lib/events/sources/manage-receivers.ts';
import { testProvider } from '#lib/events/sources/test-provider.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { shiftClock } from '#lib/kernel/clock.ts';
import { execute } from '#lib/kernel/command.ts';
import { signToken } from '#lib/kernel/crypto/json-web-token.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import type { JsonObject } from '#lib/model/event.ts';
import { requestedEvents } from '#lib/providers/ssf/event-kinds.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const issuer = 'https://transmitter.example.org/';
const audience = 'https://desk.example.org';
const actor = systemActor(tenantId, 'test', ['providers:manage']);
const caep = 'https://schemas.openid.net/secevent/caep/event-type/';
const ssfType = 'https://schemas.openid.net/secevent/ssf/event-type/';

function keyPair(kid: string | undefined) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), ...(kid ? { kid } : {}), use: 'sig', alg: 'RS256' };
  return { jwk, pkcs8: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
const first = keyPair('first');
const second = keyPair('second');
/** The transmitter's key set, as a real HTTP server; `fetches` counts who asked. */
const jwks = { keys: [first.jwk] as object[], fetches: 0 };
const server = http.createServer((_request, response) => {
  jwks.fetches += 1;
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: jwks.keys }));
});

let made: Awaited<ReturnType<typeof testDatabase>>;
let port = 0;
let streams = 0;
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
beforeEach(() => {
  jwks.keys = [first.jwk];
});

async function stream(more: JsonObject = {}) {
  streams += 1;
  return execute(pool('desk'), createReceiver, actor, {
    name: `Stream ${streams}`,
    slug: `stream-${streams}`,
    issuer,
    audience,
    jwksUri: `http://127.0.0.1:${port}/jwks/${streams}`,
    allowance: { networks: ['127.0.0.0/8'], ports: [port], plainHttp: true },
    ...more,
  });
}

const subject = (sub: string): JsonObject => ({ format: 'iss_sub', iss: issuer, sub });
const revoked = (sub = 'ada', more: JsonObject = {}): JsonObject => ({
  iss: issuer,
  aud: audience,
  jti: randomUUID(),
  sub_id: subject(sub),
  events: {
    [`${caep}session-revoked`]: { event_timestamp: Math.floor(Date.now() / 1000), reason_admin: { en: 'Policy' } },
  },
  ...more,
});
const sign = (claims: JsonObject, by: { pkcs8: string; kid?: string; typ?: string; at?: Date } = first) =>
  signToken({
    pkcs8: by.pkcs8,
    kid: by.kid ?? (by.pkcs8 === second.pkcs8 ? 'second' : 'first'),
    algorithm: 'RS256',
    typ: by.typ ?? 'secevent+jwt',
    claims,
    at: by.at ?? new Date(),
  });

async function push(id: string, token: string, headers: Record<string, string> = {}) {
  const request = new Request(`http://localhost:3000/api/v1/ssf/receivers/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/secevent+jwt', ...headers },
    body: token,
  });
  const answer = await POST(request, { params: Promise.resolve({ id }) });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text === '' ? null : (JSON.parse(text) as { err?: string; description?: string }),
  };
}
const eventsOf = (providerId: string) =>
  asOwner<{ type: string; provider_type: string; n: number }>(
    made.url,
    'SELECT type, provider_type, count(*)::int AS n FROM events WHERE provider_id = $1 GROUP BY 1, 2 ORDER BY 2',
    [providerId],
  );

describe('push delivery (RFC 8935)', () => {
  test('a token is acknowledged once it is durable; delivered again it is acknowledged as if it were the first time', async () => {
    const { id, providerId } = await stream();
    const token = await sign(revoked());
    const answers = [await push(id, token), ...(await Promise.all(Array.from({ length: 12 }, () => push(id, token))))];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(answers.every(({ body }) => body === null)).toBe(true);
    expect(await eventsOf(providerId)).toEqual([
      { type: 'session_revoked', provider_type: 'caep/session-revoked', n: 1 },
    ]);
  });

  test('F06: a hundred equal deliveries at once are one event', async () => {
    const { id, providerId } = await stream();
    const token = await sign(revoked());
    const answers = await Promise.all(Array.from({ length: 100 }, () => push(id, token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await eventsOf(providerId)).toMatchObject([{ n: 1 }]);
  });

  test('F07: another token under the same jti is refused, the first stays, and the audit says so', async () => {
    const { id, providerId } = await stream();
    const claims = revoked();
    expect((await push(id, await sign(claims))).status).toBe(202);
    expect(await push(id, await sign({ ...claims, txn: 'other' }))).toMatchObject({
      status: 400,
      body: { err: 'invalid_request' },
    });
    expect(await eventsOf(providerId)).toMatchObject([{ n: 1 }]);
    const alarms = await asOwner(
      made.url,
      "SELECT 1 FROM audit_entries WHERE action = 'ssf_set_conflict' AND target_id = $1",
      [id],
    );
    expect(alarms).toHaveLength(1);
  });

  test('every event type of CAEP and RISC is taken, and the interoperability profile’s subjects', async () => {
    const { id, providerId } = await stream({ subjectsMax: 1000 });
    const subjects: JsonObject[] = [
      { format: 'email', email: 'ada@acme.example' },
      subject('ada'),
      {
        format: 'complex',
        user: subject('ada'),
        session: { format: 'opaque', id: 's1' },
        unknown: { format: 'odd', x: 1 },
      },
    ];
    for (const [index, uri] of requestedEvents.entries()) {
      const claims = {
        ...revoked(),
        sub_id: subjects[index % subjects.length] ?? null,
        events: { [uri]: { event_timestamp: 1 + index, odd: [1] } },
      };
      expect([uri, (await push(id, await sign(claims))).status]).toEqual([uri, 202]);
    }
    expect((await eventsOf(providerId)).reduce((sum, { n }) => sum + n, 0)).toBe(requestedEvents.length);
    expect(requestedEvents).toHaveLength(8 + 14);
  });

  test('what is not as it has to be is refused in the words of the specification', async () => {
    const { id, providerId } = await stream();
    const good = revoked();
    const { sub_id: _subject, ...nobody } = good;
    const { jti: _jti, ...unnamed } = good;
    const table: [string, string, string][] = [
      ['no token', 'hello', 'invalid_request'],
      ['no body', '', 'invalid_request'],
      ['too large', 'a'.repeat(70_000), 'invalid_request'],
      ['another type', await sign(good, { ...first, typ: 'JWT' }), 'invalid_request'],
      ['another issuer', await sign({ ...good, iss: 'https://evil.example/' }), 'invalid_issuer'],
      ['another audience', await sign({ ...good, aud: 'https://elsewhere.example' }), 'invalid_audience'],
      ['an unknown key', await sign(good, second), 'invalid_key'],
      ['a key of that name that is another', await sign(good, { ...second, kid: 'first' }), 'invalid_key'],
      ['sub beside sub_id', await sign({ ...good, sub: 'ada' }), 'invalid_request'],
      ['exp', await sign({ ...good, exp: Math.floor(Date.now() / 1000) + 60 }), 'invalid_request'],
      ['no subject', await sign(nobody), 'invalid_request'],
      ['a subject of no format', await sign({ ...good, sub_id: { email: 'a@b.example' } }), 'invalid_request'],
      [
        'an iss_sub without sub',
        await sign({ ...good, sub_id: { format: 'iss_sub', iss: issuer } }),
        'invalid_request',
      ],
      [
        'aliases of aliases',
        await sign({ ...good, sub_id: { format: 'aliases', identifiers: [{ format: 'aliases' }] } }),
        'invalid_request',
      ],
      ['no jti', await sign(unnamed), 'invalid_request'],
      ['no event', await sign({ ...good, events: {} }), 'invalid_request'],
      ['two events', await sign({ ...good, events: { a: {}, b: {} } }), 'invalid_request'],
      ['from the future', await sign(good, { ...first, at: new Date(Date.now() + 600_000) }), 'invalid_request'],
    ];
    for (const [what, token, err] of table) {
      const answer = await push(id, token);
      expect([what, answer.status, answer.body?.err]).toEqual([what, 400, err]);
      expect(answer.body?.description).toMatch(/^[A-Z].*\.$/s);
    }
    expect(await push(id, await sign(good), { 'content-type': 'application/json' })).toMatchObject({
      status: 400,
      body: { err: 'invalid_request' },
    });
    expect(await eventsOf(providerId)).toEqual([]);
    expect((await push(id, await sign(good))).status).toBe(202);
    // Two minutes of difference between clocks are nobody's fault.
    expect((await push(id, await sign(revoked(), { ...first, at: new Date(Date.now() + 60_000) }))).status).toBe(202);
  });

  test('a token that could not be kept as it is is refused and never asked for again: nothing in it ends in an error of ours', async () => {
    const { id, providerId } = await stream();
    const good = revoked();
    const { importPKCS8, CompactSign } = await import('jose');
    const key = await importPKCS8(first.pkcs8, 'RS256');
    // As text: what builds tokens from objects gives up at such a depth itself.
    const signText = (claims: JsonObject, deep = '0') =>
      new CompactSign(Buffer.from(JSON.stringify({ iat: 1_700_000_000, ...claims }).replace('"DEEP"', deep)))
        .setProtectedHeader({ alg: 'RS256', kid: 'first', typ: 'secevent+jwt' })
        .sign(key);
    const deep = `${'['.repeat(9_000)}${']'.repeat(9_000)}`;
    const table: [string, string][] = [
      ['NUL in the jti', await signText({ ...good, jti: 'a\0b' })],
      ['half a pair in the jti', await signText({ ...good, jti: 'a\ud800' })],
      ['NUL in the name of the event', await signText({ ...good, events: { 'urn:x\0': {} } })],
      ['a deep event', await signText({ ...good, events: { [`${caep}session-revoked`]: { a: 'DEEP' } } }, deep)],
      ['a deep subject', await signText({ ...good, sub_id: { ...subject('ada'), a: 'DEEP' } }, deep)],
      [
        'no UTF-8',
        `${(await signText(good)).split('.')[0]}.${Buffer.from('{"a":"\u00ff"}', 'latin1').toString('base64url')}.AAAA`,
      ],
    ];
    for (const [what, token] of table) {
      const answer = await push(id, token);
      expect([what, answer.status, answer.body?.err]).toEqual([what, 400, 'invalid_request']);
    }
    const paused = {
      ...revoked(),
      sub_id: { format: 'opaque', id: 'x' },
      events: { [`${ssfType}stream-updated`]: { status: 'paused', reason: 'a\0b' } },
    };
    expect((await push(id, await sign(paused))).status).toBe(202);
    const named = revoked('a\0da', { txn: '\0' });
    expect((await push(id, await sign(named))).status).toBe(202);
    expect((await eventsOf(providerId)).reduce((sum, { n }) => sum + n, 0)).toBe(2);
  });

  test('claims are stored as they were signed, numbers and order included', async () => {
    const { id, providerId } = await stream();
    const { importPKCS8, CompactSign } = await import('jose');
    const key = await importPKCS8(first.pkcs8, 'RS256');
    const claims = JSON.stringify({ iat: 1_700_000_000, ...revoked() }).replace('{', '{ "n":12345678901234567890,');
    const token = await new CompactSign(Buffer.from(claims))
      .setProtectedHeader({ alg: 'RS256', kid: 'first', typ: 'secevent+jwt' })
      .sign(key);
    expect((await push(id, token)).status).toBe(202);
    const [row] = await asOwner<{ raw: Buffer }>(made.url, 'SELECT raw FROM events WHERE provider_id = $1', [
      providerId,
    ]);
    expect(row?.raw.toString()).toBe(claims);
  });

  test('bodies that drip and keys that hang hold up no other stream', async () => {
    const hanging = http.createServer(() => undefined);
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const { port: deaf } = hanging.address() as AddressInfo;
    const [good, slow] = [
      await stream(),
      await stream({
        jwksUri: `http://127.0.0.1:${deaf}/jwks`,
        allowance: { networks: ['127.0.0.0/8'], ports: [deaf], plainHttp: true },
      }),
    ];
    let release = () => {};
    const dripping = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = Array.from({ length: 20 }, () => {
      const body = new ReadableStream({
        async pull(controller) {
          await dripping;
          controller.close();
        },
      });
      const request = new Request(`http://localhost:3000/api/v1/ssf/receivers/${slow.id}`, {
        method: 'POST',
        headers: { 'content-type': 'application/secevent+jwt' },
        body,
        duplex: 'half',
      } as RequestInit);
      return POST(request, { params: Promise.resolve({ id: slow.id }) });
    });
    const waiting = [push(slow.id, await sign(revoked())), push(slow.id, await sign(revoked()))];
    const order: string[] = [];
    const all = Promise.all([...held, ...waiting]).then(() => order.push('slow'));
    expect((await push(good.id, await sign(revoked()))).status).toBe(202);
    order.push('good');
    release();
    await all;
    expect(order).toEqual(['good', 'slow']);
    // What failed a moment ago is not asked for again by each delivery.
    const before = Date.now();
    expect((await push(slow.id, await sign(revoked()))).status).toBe(503);
    expect(Date.now() - before).toBeLessThan(2_000);
    hanging.closeAllConnections();
    hanging.close();
  }, 30_000);

  test('where an Authorization header was agreed, nothing passes without it', async () => {
    const { id, authorization } = await stream({ authorization: true });
    const token = await sign(revoked());
    expect(await push(id, token)).toMatchObject({ status: 400, body: { err: 'authentication_failed' } });
    expect(await push(id, token, { authorization: 'Bearer guess' })).toMatchObject({ status: 400 });
    expect((await push(id, token, { authorization: authorization ?? '' })).status).toBe(202);
  });

  test('an address nobody made, and one that was switched off, answer alike', async () => {
    const { id } = await stream();
    const token = await sign(revoked());
    await execute(pool('desk'), switchReceiver, actor, { id, enabled: false });
    expect((await push(id, token)).status).toBe(404);
    expect((await push(randomUUID(), token)).status).toBe(404);
    await execute(pool('desk'), switchReceiver, actor, { id, enabled: true });
    expect((await push(id, token)).status).toBe(202);
  });
});

describe('the stream itself', () => {
  const about = (type: string, event: JsonObject) => ({
    ...revoked(),
    sub_id: { format: 'opaque', id: 'stream-1' },
    events: { [`${ssfType}${type}`]: event },
  });
  const receiver = async (id: string) =>
    (
      await asOwner<{ transmitter_status: string; verified_at: Date | null }>(
        made.url,
        'SELECT transmitter_status, verified_at FROM ssf_receivers WHERE id = $1',
        [id],
      )
    )[0];

  test('unsolicited verification is taken; a state that was not sent from here is refused', async () => {
    const { id } = await stream();
    expect(await push(id, await sign(about('verification', { state: 'forged' })))).toMatchObject({
      status: 400,
      body: { err: 'invalid_state' },
    });
    expect((await receiver(id))?.verified_at).toBeNull();
    expect((await push(id, await sign(about('verification', {})))).status).toBe(202);
    expect((await receiver(id))?.verified_at).toBeInstanceOf(Date);
  });

  test('a verification that names another stream is refused', async () => {
    const { id } = await stream({ streamId: 'stream-1' });
    const other = { ...about('verification', {}), sub_id: { format: 'opaque', id: 'stream-2' } };
    expect(await push(id, await sign(other))).toMatchObject({ status: 400, body: { err: 'invalid_request' } });
    expect((await receiver(id))?.verified_at).toBeNull();
    expect((await push(id, await sign(about('verification', {})))).status).toBe(202);
  });

  test('a transmitter pauses and enables its stream', async () => {
    const { id } = await stream();
    expect(
      (await push(id, await sign(about('stream-updated', { status: 'paused', reason: 'Internal error' })))).status,
    ).toBe(202);
    expect((await receiver(id))?.transmitter_status).toBe('paused');
    expect((await push(id, await sign(about('stream-updated', { status: 'enabled' })))).status).toBe(202);
    expect((await receiver(id))?.transmitter_status).toBe('enabled');
  });

  test('an event whose critical member nobody here knows is acknowledged and nothing follows from it', async () => {
    const { id, providerId } = await stream({ criticalMembers: ['vessel', 'tenant'] });
    const sub_id: JsonObject = { format: 'complex', user: subject('ada'), vessel: { format: 'opaque', id: 'v' } };
    expect((await push(id, await sign({ ...revoked(), sub_id }))).status).toBe(202);
    expect(await eventsOf(providerId)).toEqual([]);
    const { vessel: _vessel, ...known } = sub_id;
    expect(
      (await push(id, await sign({ ...revoked(), sub_id: { ...known, tenant: { format: 'opaque', id: 't' } } })))
        .status,
    ).toBe(202);
    expect(await eventsOf(providerId)).toHaveLength(1);
  });

  test('a transmitter that revokes everybody is held at the cap until a person decides', async () => {
    const { id, providerId } = await stream({ subjectsMax: 3 });
    const people = ['a', 'b', 'c', 'd', 'e', 'a'];
    for (const who of people) expect((await push(id, await sign(revoked(who)))).status).toBe(202);
    // The first three, and the first one again: somebody already counted adds no reach.
    expect(await eventsOf(providerId)).toMatchObject([{ n: 4 }]);
    const held = await asOwner(
      made.url,
      "SELECT 1 FROM audit_entries WHERE action = 'ssf_set_held' AND target_id = $1",
      [id],
    );
    expect(held).toHaveLength(2);
    // Many at once do not slip past the count together.
    const burst = await stream({ subjectsMax: 3 });
    const tokens = await Promise.all(Array.from({ length: 30 }, (_, n) => sign(revoked(`burst-${n}`))));
    const answers = await Promise.all(tokens.map((token) => push(burst.id, token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await eventsOf(burst.providerId)).toMatchObject([{ n: 3 }]);
    const decision = { id, decision: 'release', reason: 'The transmitter confirmed a breach.' };
    expect(await decideHeldSets(pool('desk'), actor, decision, () => nowhere)).toEqual({ decided: 2, stored: 2 });
    expect(await eventsOf(providerId)).toMatchObject([{ n: 6 }]);
    await expect(decideHeldSets(pool('desk'), actor, decision, () => nowhere)).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('the transmitter’s keys', () => {
  test('a rotated key is found, and made-up key names cause no storm', async () => {
    const { id } = await stream();
    expect((await push(id, await sign(revoked()))).status).toBe(202);
    const fetched = jwks.fetches;
    jwks.keys = [first.jwk, second.jwk];
    for (let index = 0; index < 20; index += 1)
      expect((await push(id, await sign(revoked(), { ...second, kid: `made-up-${index}` }))).status).toBe(400);
    expect(jwks.fetches).toBe(fetched);
    const back = shiftClock(31_000);
    try {
      expect((await push(id, await sign(revoked(), second))).status).toBe(202);
      expect(jwks.fetches).toBe(fetched + 1);
      expect((await push(id, await sign(revoked()))).status).toBe(202);
    } finally {
      back();
    }
  });

  test('without kid the one and only key counts; of several none does', async () => {
    const nameless = keyPair(undefined);
    const one = await stream({ jwksUri: null, jwks: { keys: [nameless.jwk] } });
    const many = await stream({ jwksUri: null, jwks: { keys: [nameless.jwk, second.jwk] } });
    const { SignJWT, importPKCS8 } = await import('jose');
    const key = await importPKCS8(nameless.pkcs8, 'RS256');
    const unnamed = () =>
      new SignJWT(revoked()).setProtectedHeader({ alg: 'RS256', typ: 'secevent+jwt' }).setIssuedAt().sign(key);
    expect((await push(one.id, await unnamed())).status).toBe(202);
    expect(await push(many.id, await unnamed())).toMatchObject({ status: 400, body: { err: 'invalid_key' } });
  });

  test('an answer that is no key set is no better than none', async () => {
    const { id } = await stream();
    jwks.keys = { not: 'a list' } as unknown as object[];
    expect((await push(id, await sign(revoked()))).status).toBe(503);
  });

  test('keys that cannot be fetched are our trouble: the transmitter is asked to send again', async () => {
    const { id } = await stream({ jwksUri: 'http://127.0.0.1:1/jwks' });
    expect((await push(id, await sign(revoked()))).status).toBe(503);
  });
});

describe('what is kept of a token', () => {
  const policies = systemActor(tenantId, 'test', ['policies:manage']);
  const tokensOf = (id: string) =>
    asOwner<{ bytes: number }>(
      made.url,
      'SELECT octet_length(token)::int AS bytes FROM ssf_sets WHERE receiver_id = $1 ORDER BY received_at',
      [id],
    );

  test('goes with the person it names, and with the event when its time is over; sent again it is still known', async () => {
    const { id, providerId } = await stream();
    const tokens = [await sign(revoked('eve')), await sign(revoked('fred'))] as const;
    for (const token of tokens) expect((await push(id, token)).status).toBe(202);
    const [eve] = await asOwner<{ id: string }>(
      made.url,
      "SELECT person_id::text AS id FROM events WHERE provider_id = $1 AND person_subject = 'eve'",
      [providerId],
    );
    await execute(pool('maintenance'), erasePerson, policies, { personId: eve?.id, reason: 'asked for' });
    expect(await tokensOf(id)).toEqual([{ bytes: 0 }, { bytes: tokens[1].length }]);
    expect((await push(id, tokens[0])).status).toBe(202);
    expect(await tokensOf(id)).toEqual([{ bytes: 0 }, { bytes: tokens[1].length }]);

    await execute(pool('desk'), setRetention, policies, { eventType: '*', keepDays: 1 });
    const old = await sign({
      ...revoked('gina'),
      events: { [`${caep}session-revoked`]: { event_timestamp: Math.floor(Date.now() / 1000) - 5 * 86_400 } },
    });
    expect((await push(id, old)).status).toBe(202);
    expect(await runRetention(pool('maintenance'), policies)).toMatchObject({ events: 1 });
    expect(await tokensOf(id)).toEqual([{ bytes: 0 }, { bytes: tokens[1].length }, { bytes: 0 }]);
    await execute(pool('desk'), setRetention, policies, { eventType: '*', keepDays: null });
  });
});

test('the test of a stream says of its keys and its deliveries whether they work', async () => {
  const { id, providerId } = await stream();
  const tryOut = () => testProvider(pool('desk'), actor, providerId);
  expect(await tryOut()).toEqual([
    { what: 'Signing keys', ok: true, detail: '1 key fetched.' },
    { what: 'Deliveries', ok: false, detail: expect.stringContaining('No token has come yet') },
  ]);
  expect((await push(id, await sign(revoked('henry')))).status).toBe(202);
  expect(await tryOut()).toMatchObject([{ ok: true }, { what: 'Deliveries', ok: true }]);
  await asOwner(made.url, "UPDATE ssf_receivers SET jwks_uri = 'http://127.0.0.1:1/none' WHERE id = $1", [id]);
  expect(await tryOut()).toMatchObject([{ what: 'Signing keys', ok: false }, { ok: true }]);
});
