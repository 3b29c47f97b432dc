import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { RouteHandler } from '#app/api/route-definition.ts';
import { sampleInput } from '#app/api/sample-input.ts';
import { routes } from '#app/api/v1/routes.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { plantEverywhere, tenantTables } from '#lib/kernel/db/plant-rows.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { type Permission, permissions, rolePermissions, roles, tokenScopes } from '#lib/model/permissions.ts';
import { createServiceToken } from '#lib/staff/service-tokens.ts';
import { type TestOperator, testOperator } from '#lib/staff/test-operator.ts';

const home = '01900000-0000-7000-8000-000000000001';
const victim = '01900000-0000-7000-8000-00000000000b';
const origin = 'http://localhost:3000';
const guarded = routes.filter(({ definition }) => !['public', 'own-proof', 'operator'].includes(definition.permission));
const own = routes.filter(({ definition }) => definition.permission === 'operator');
const named = (list: readonly RouteHandler[]) =>
  list.map((handler) => [`${handler.definition.method} ${handler.definition.path}`, handler] as const);

let made: Awaited<ReturnType<typeof testDatabase>>;
let planted: Map<string, string>;
let tables: string[];
let everything: TestOperator;
const operators = new Map<string, TestOperator>();

beforeAll(async () => {
  made = await testDatabase();
  process.env.DATABASE_URL = made.url;
  await asOwner(made.url, `INSERT INTO tenants (id, slug, name) VALUES ($1, 'victim', 'Victim')`, [victim]);
  const theirs = await testOperator(pool('desk'), victim, ['viewer', 'auditor']);
  planted = await plantEverywhere(made.url, victim);
  planted.set('operators', theirs.id).set('operator_sessions', theirs.sessionId);
  tables = await tenantTables(made.url);
  const database = pool('desk');
  const customRole = (name: string, held: readonly Permission[]) =>
    asOwner(
      made.url,
      `INSERT INTO custom_roles (tenant_id, name, description, permissions, created_by, updated_by) VALUES ($1, $2, 'a test', $3, 'test', 'test')`,
      [home, name, held],
    );
  await customRole('everything', permissions);
  everything = await testOperator(database, home, ['everything']);
  for (const role of roles) operators.set(role, await testOperator(database, home, [role]));
  for (const permission of permissions) {
    const name = permission.replace(':', '-');
    await customRole(`only-${name}`, [permission]);
    await customRole(
      `all-but-${name}`,
      permissions.filter((one) => one !== permission),
    );
    operators.set(`only ${permission}`, await testOperator(database, home, [`only-${name}`]));
    operators.set(`all but ${permission}`, await testOperator(database, home, [`all-but-${name}`]));
  }
}, 120_000);
afterAll(async () => {
  await closePools();
  await made.close();
});

type Call = { headers?: Record<string, string>; id?: string; body?: string };

/** Calls a handler as Next does, with input that fits its own declaration and `id` wherever an id belongs. */
async function call(handler: RouteHandler, { headers = {}, id = randomUUID(), body }: Call = {}) {
  const { method, path, params, body: shape } = handler.definition;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const values = params
    ? (sampleInput(z.toJSONSchema(params, { io: 'input' }) as object, () => id) as Record<string, string>)
    : {};
  const filled = Object.fromEntries(names.map((name) => [name, String(values[name] ?? id)]));
  const sent =
    body ??
    (shape
      ? JSON.stringify(sampleInput(z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }) as object, () => id))
      : '{}');
  const response = await handler(
    new Request(origin + path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(filled[name] ?? id)), {
      method,
      headers: method === 'GET' ? headers : { 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: sent }),
    }),
    { params: Promise.resolve(filled) },
  );
  // A live stream never ends; its head is the answer.
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  if (isStream) await response.body?.cancel();
  return { status: response.status, text: isStream ? '' : await response.text() };
}

const as = (operator: TestOperator | undefined, more: Record<string, string> = {}) => ({
  cookie: operator?.cookie ?? '',
  'x-gatehouse-csrf': operator?.csrf ?? '',
  origin,
  'sec-fetch-site': 'same-origin',
  ...more,
});

/** What a proxy in front would say, and what attackers say instead of one. */
const proxyHeaders = {
  'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware',
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-host': 'localhost:3000',
  'x-forwarded-proto': 'https',
  'x-real-ip': '127.0.0.1',
  forwarded: 'for=127.0.0.1;host=localhost:3000',
  'x-original-url': '/api/health',
  'x-rewrite-url': '/api/health',
  'x-http-method-override': 'GET',
};

/** The victim's ids that could belong to a path: of tables named like a part of it, and a few of everything else. */
function idsFor(at: string): [string, string][] {
  const words = at.split(/[^a-z]+/).filter((word) => word.length > 2);
  const [near, far] = [true, false].map((isNear) =>
    [...planted].filter(([table]) => words.some((word) => table.includes(word.replace(/s$/, ''))) === isNear),
  );
  return [...(near ?? []), ...(far ?? []).slice(0, 6)];
}

/** A fingerprint of all rows of a tenant, or of the whole database but for what remembers that somebody looked. */
async function fingerprint(tenantId: string | null): Promise<string> {
  const remembering = new Set(['audit_entries', 'operator_sessions', 'service_tokens', 'rate_limits', 'challenges']);
  const parts = tables
    .filter((table) => tenantId || !remembering.has(table))
    .map(
      (table) =>
        `SELECT '${table} ' || COALESCE(md5(string_agg(md5(t::text), '' ORDER BY t::text)), '-') AS sum FROM "${table}" t WHERE $1::uuid IS NULL OR tenant_id = $1`,
    );
  const rows = await asOwner<{ sum: string }>(made.url, parts.join(' UNION ALL '), [tenantId]);
  // The database may read the tables side by side and answer in any order.
  return rows
    .map(({ sum }) => sum)
    .sort()
    .join('\n');
}

describe('[v5.0.0-V8.3.1] nobody gets in, with or without what a proxy would add', () => {
  test.each(named([...guarded, ...own]))('%s', async (_name, handler) => {
    for (const more of [{}, proxyHeaders])
      for (const headers of [
        more,
        { ...more, cookie: `__Host-gatehouse-session=${'A'.repeat(43)}`, origin },
        {
          ...more,
          cookie: 'next-auth.session-token=x; __Secure-next-auth.session-token=x; __Host-gatehouse-session=',
          origin,
        },
        { ...more, authorization: 'Bearer null' },
        { ...more, authorization: `Bearer ght_${'A'.repeat(43)}` },
        { ...more, authorization: everything.cookie.replace(/^[^=]*=/, 'Bearer ') },
      ]) {
        const { status, text } = await call(handler, { headers });
        expect([401, 429]).toContain(status);
        expect(text).not.toContain('planted');
      }
  });
});

test('[v5.0.0-V7.2.1] an ended session opens nothing from the next request on', async () => {
  const operator = await testOperator(pool('desk'), home, ['everything']);
  for (const [name, handler] of named(guarded.filter(({ definition }) => definition.method === 'GET')))
    expect((await call(handler, { headers: as(operator) })).status, name).not.toBe(401);
  await asOwner(made.url, 'UPDATE operator_sessions SET ended_at = now() WHERE operator_id = $1', [operator.id]);
  for (const [name, handler] of named([...guarded, ...own]))
    expect((await call(handler, { headers: as(operator) })).status, name).toBe(401);
});

describe('[v5.0.0-V8.2.1] each role may do exactly what the table of permissions says', () => {
  test.each(named(guarded))('%s', async (_name, handler) => {
    const { permission } = handler.definition as { permission: Permission };
    for (const role of roles) {
      const { status, text } = await call(handler, { headers: as(operators.get(role)) });
      const may = rolePermissions[role].includes(permission);
      const isRefused = status === 403 && text.includes(permission);
      expect(isRefused, `${role}: ${status} ${text.slice(0, 200)}`).toBe(!may);
    }
  });
});

describe('[v5.0.0-V16.3.2] without the one permission a route asks for it refuses, and one entry says so', () => {
  test.each(named(guarded))('%s', async (_name, handler) => {
    const { permission } = handler.definition;
    const count = async () =>
      (
        await asOwner<{ n: number }>(
          made.url,
          `SELECT count(*)::int AS n FROM audit_entries WHERE tenant_id = $1 AND action = 'authz_fail'`,
          [home],
        )
      )[0]?.n ?? 0;
    const before = await count();
    const refused = await call(handler, { headers: as(operators.get(`all but ${permission}`), proxyHeaders) });
    expect(refused.status).toBe(403);
    expect(await count()).toBe(before + 1);
    const held = await call(handler, { headers: as(operators.get(`only ${permission}`)) });
    expect(held.status === 403 && held.text.includes(permission)).toBe(false);
  });
});

describe('[v5.0.0-V10.3.2] a token with every other scope is refused, and with the right one it gets no further than a scope reaches', () => {
  test.each(named(guarded))('%s', async (name, handler) => {
    const permission = handler.definition.permission as Permission;
    const create = (scopes: readonly Permission[]) =>
      execute(pool('desk'), createServiceToken, systemActor(home, 'test', ['tokens:manage']), {
        name: `${name} ${scopes.length}`,
        scopes,
      });
    const others = await create(tokenScopes.filter((scope) => scope !== permission));
    expect((await call(handler, { headers: { authorization: `Bearer ${others.token}` } })).status).toBe(403);
    if (!tokenScopes.includes(permission)) return;
    const right = await create([permission]);
    const { status, text } = await call(handler, { headers: { authorization: `Bearer ${right.token}` } });
    expect(status).not.toBe(401);
    expect(status === 403 && text.includes(permission)).toBe(false);
  });

  test.each(named(own))('%s is for people alone', async (_name, handler) => {
    const { token } = await execute(pool('desk'), createServiceToken, systemActor(home, 'test', ['tokens:manage']), {
      name: `own ${randomUUID()}`,
      scopes: tokenScopes,
    });
    expect((await call(handler, { headers: { authorization: `Bearer ${token}` } })).status).toBe(403);
  });
});

describe('[v5.0.0-V3.5.1] a foreign page changes nothing with our cookie', () => {
  test.each(named([...guarded, ...own].filter(({ definition }) => definition.method !== 'GET')))(
    '%s',
    async (_name, handler) => {
      const before = await fingerprint(home);
      const foreign: Record<string, string>[] = [
        { cookie: everything.cookie },
        { cookie: everything.cookie, origin: 'null' },
        { cookie: everything.cookie, origin: 'https://evil.example' },
        { cookie: everything.cookie, origin: `${origin}.evil.example` },
        {
          cookie: everything.cookie,
          origin: 'https://evil.example',
          'x-forwarded-host': 'evil.example',
          host: 'evil.example',
        },
        { cookie: everything.cookie, origin, 'sec-fetch-site': 'cross-site' },
        { cookie: everything.cookie, origin, 'sec-fetch-site': 'same-site' },
        // From our own pages, but of another session, or of none.
        { cookie: everything.cookie, origin },
        { ...as(everything), 'x-gatehouse-csrf': operators.get('viewer')?.csrf ?? '' },
      ];
      for (const headers of foreign)
        expect((await call(handler, { headers })).status, JSON.stringify(headers)).toBe(403);
      expect(await fingerprint(home)).toBe(before);
    },
  );
});

describe('[v5.0.0-V8.2.2] [v5.0.0-V8.4.1] the ids of another tenant get the answer of ids that nobody has', () => {
  test.each(named(guarded))('%s', async (_name, handler) => {
    const before = await fingerprint(victim);
    const unknown = randomUUID();
    const plain = ({ status, text }: { status: number; text: string }, id: string) =>
      `${status} ${text.replaceAll(id, 'ID')}`;
    const expected = plain(await call(handler, { headers: as(everything), id: unknown }), unknown);
    const isAboutIds =
      handler.definition.path.includes('{') ||
      JSON.stringify(
        handler.definition.body ? z.toJSONSchema(handler.definition.body, { io: 'input', unrepresentable: 'any' }) : {},
      ).includes('"uuid"');
    for (const [table, id] of isAboutIds ? idsFor(handler.definition.path) : [])
      expect(plain(await call(handler, { headers: as(everything), id }), id), table).toBe(expected);
    expect(expected).not.toContain('planted');
    for (const id of planted.values()) expect(expected).not.toContain(id);
    expect(await fingerprint(victim)).toBe(before);
  });
});

test('[v5.0.0-V3.5.3] no GET changes anything', async () => {
  const before = await fingerprint(null);
  for (const [name, handler] of named([...guarded, ...own].filter(({ definition }) => definition.method === 'GET')))
    expect((await call(handler, { headers: as(everything) })).status, name).toBeLessThan(500);
  expect(await fingerprint(null)).toBe(before);
});

describe('[v5.0.0-V2.2.1] [v5.0.0-V1.2.4] whatever is sent, a route answers with what it means and never breaks', () => {
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('__proto__', "'; --", '../..'),
  );
  const anything = fc.oneof(
    scalar,
    fc.dictionary(fc.string(), scalar),
    fc.array(scalar),
    fc.constantFrom({ not: 'E' }, {}, []),
  );
  test.each(named([...guarded, ...own]))('%s', async (_name, handler) => {
    const { method, path, body, query } = handler.definition;
    const fieldsOf = (shape: z.ZodType | undefined) =>
      shape
        ? Object.keys(
            (z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }) as { properties?: object }).properties ??
              {},
          )
        : [];
    const bodies = fc.record(Object.fromEntries(fieldsOf(body).map((name) => [name, anything])), { requiredKeys: [] });
    const queries = fc.record(
      Object.fromEntries(fieldsOf(query).map((name) => [name, fc.string({ unit: 'binary', maxLength: 60 })])),
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        bodies,
        queries,
        fc.string({ unit: 'binary', maxLength: 40 }),
        async (sentBody, sentQuery, sentId) => {
          const url = new URL(origin + path.replace(/\{(\w+)\}/g, 'x'));
          for (const [name, value] of Object.entries(sentQuery)) url.searchParams.set(name, String(value));
          const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
          const response = await handler(
            new Request(url, {
              method,
              headers: { ...as(everything), 'content-type': 'application/json' },
              ...(method === 'GET' ? {} : { body: JSON.stringify(sentBody) }),
            }),
            { params: Promise.resolve(Object.fromEntries(names.map((name) => [name, sentId]))) },
          );
          if (response.headers.get('content-type')?.startsWith('text/event-stream')) await response.body?.cancel();
          const text = response.body && !response.bodyUsed ? await response.text().catch(() => '') : '';
          expect(response.status, text).toBeLessThan(500);
          // [v5.0.0-V16.5.1] nothing of the inside in what people read
          expect(text).not.toMatch(/at .*\.ts:|prisma|SELECT |node_modules/i);
        },
      ),
      { numRuns: 6 },
    );
  });
});
