import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { log } from '#lib/kernel/log.ts';
import { createServiceToken } from '#lib/staff/service-tokens.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
let made: Awaited<ReturnType<typeof testDatabase>>;
let token: string;
let calls = 0;

const example = route({
  method: 'POST',
  path: '/api/v1/example/{id}',
  summary: 'An example',
  tag: 'example',
  permission: 'signals:write',
  params: idParams,
  query: z.strictObject({ dry: z.literal('true').optional() }),
  body: z.strictObject({ reason: z.string() }),
  bodyBytesMax: 1000,
  answers: { 200: { description: 'Done.' } },
})(async ({ actor, params, body, query }) => {
  calls += 1;
  return json({ by: actor.label, id: params.id, reason: body.reason, dry: query.dry ?? null });
});

beforeAll(async () => {
  made = await testDatabase();
  process.env.DATABASE_URL = made.url;
  const actor = systemActor(tenantId, 'test', ['tokens:manage']);
  const create = (name: string, scopes: string[]) => execute(pool('desk'), createServiceToken, actor, { name, scopes });
  token = (await create('writer', ['signals:write'])).token;
});
afterAll(async () => {
  await closePools();
  await made.close();
});

const id = newId();
function call(input: { body?: string; headers?: Record<string, string>; at?: string; params?: string } = {}) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...input.headers };
  const request = new Request(input.at ?? `http://localhost:3000/api/v1/example/${id}`, {
    method: 'POST',
    headers,
    body: input.body ?? '{"reason":"because"}',
  });
  return example(request, { params: Promise.resolve({ id: input.params ?? id }) });
}

test('a caller with the scope and a right request reaches the handler', async () => {
  const answer = await call();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(await answer.json()).toEqual({ by: 'writer', id, reason: 'because', dry: null });
});

test('a parameter that is given twice is refused: of two values one would silently not count', async () => {
  const at = (query: string) => `http://localhost:3000/api/v1/example/${id}?${query}`;
  expect((await call({ at: at('dry=true') })).status).toBe(200);
  const twice = await call({ at: at('dry=true&dry=true') });
  expect(twice.status).toBe(400);
  expect(await twice.json()).toMatchObject({
    problems: [{ path: 'dry', message: expect.stringMatching(/more than once/) }],
  });
});

describe('an error nobody expected', () => {
  test('[v5.0.0-V16.5.1] [v5.0.0-V16.3.4] is told with a reference and nothing of what broke, and is written down with it', async () => {
    const broken = route({
      method: 'GET',
      path: '/api/v1/broken',
      summary: 'Breaks',
      tag: 'example',
      permission: 'signals:write',
      answers: { 200: { description: 'Never.' } },
    })(async () => {
      throw new Error('relation "signals" is missing on postgresql://gatehouse:hunter2@db/desk');
    });
    const lines: string[] = [];
    const write = vi
      .spyOn(log, 'error')
      .mockImplementation((...said: unknown[]) => void lines.push(JSON.stringify(said)));
    const request = new Request('http://localhost:3000/api/v1/broken', {
      headers: { authorization: `Bearer ${token}` },
    });
    const answer = await broken(request, { params: Promise.resolve({}) });
    write.mockRestore();
    const said = await answer.text();
    expect(answer.status).toBe(500);
    expect(said).not.toMatch(/relation|signals|hunter2|postgres|at .*:\d+/);
    const { reference } = JSON.parse(said) as { reference: string };
    expect(reference).toMatch(/^[\w-]{8,}$/);
    expect(lines.join()).toContain(reference);
  });

  test('[v5.0.0-V16.5.3] when it cannot be known who asks, nobody is let in', async () => {
    await closePools();
    process.env.DATABASE_URL = 'postgresql://gatehouse:nobody@127.0.0.1:1/away';
    const before = calls;
    const answer = await call();
    await closePools();
    process.env.DATABASE_URL = made.url;
    expect(answer.status).toBe(503);
    expect(calls).toBe(before);
    expect((await call()).status).toBe(200);
  });
});

describe('what never reaches the handler', () => {
  test.each([
    ['nobody', 401, { headers: { authorization: '' } }],
    [
      'a token of the right form that nobody was given',
      401,
      { headers: { authorization: `Bearer ght_${'A'.repeat(43)}` } },
    ],
    ['a form post', 415, { headers: { 'content-type': 'text/plain' } }],
    ['what is not JSON', 400, { body: '{"reason":' }],
    ['bytes that are not UTF-8 sense', 422, { body: '"\ufffd"' }],
    ['[v5.0.0-V2.2.1] a missing field', 422, { body: '{}' }],
    ['[v5.0.0-V15.3.3] one field more than there is', 422, { body: '{"reason":"x","tenantId":"y"}' }],
    ['[v5.0.0-V1.5.2] a prototype key', 422, { body: '{"reason":"x","__proto__":{"admin":true}}' }],
    ['an operator where a text belongs', 422, { body: '{"reason":{"not":"E"}}' }],
    ['text that the database cannot keep', 400, { body: '{"reason":"a\\u0000b"}' }],
    ['half of a surrogate pair', 400, { body: '{"reason":"\\ud800"}' }],
    ['nesting that nobody needs', 400, { body: `{"reason":${'['.repeat(200)}${']'.repeat(200)}}` }],
    [
      '[v5.0.0-V5.2.1] one byte more than the limit',
      413,
      { body: JSON.stringify({ reason: 'x'.repeat(1001 - '{"reason":""}'.length) }) },
    ],
    ['an id that is none, as an unknown id', 404, { params: "1' OR '1'='1" }],
    ['a parameter that does not exist', 400, { at: `http://localhost:3000/api/v1/example/${id}?tenant=other` }],
  ])('%s: %i', async (_what, status, input) => {
    const before = calls;
    const answer = await call(input);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: expect.any(String), message: expect.any(String) });
    expect(calls).toBe(before);
  });

  test('[v5.0.0-V16.3.2] a token without the scope, and the refusal stands in the audit once', async () => {
    const actor = systemActor(tenantId, 'test', ['tokens:manage']);
    const other = await execute(pool('desk'), createServiceToken, actor, { name: 'reader', scopes: ['signals:read'] });
    expect((await call({ headers: { authorization: `Bearer ${other.token}` }, body: 'not even JSON' })).status).toBe(
      403,
    );
    const entries = await asOwner<{ entry: string }>(
      made.url,
      `SELECT entry FROM audit_entries WHERE action = 'authz_fail'`,
    );
    expect(entries).toHaveLength(1);
    expect(JSON.parse(entries[0]?.entry ?? '')).toMatchObject({
      actor: { type: 'token', label: 'reader' },
      detail: { permission: 'signals:write', attempted: `POST /api/v1/example/${id}` },
    });
  });
});
