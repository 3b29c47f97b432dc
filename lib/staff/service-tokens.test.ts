import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { permissions } from '#lib/model/permissions.ts';
import { authenticateToken, createServiceToken, revokeServiceToken } from '#lib/staff/service-tokens.ts';
import { createTenant } from '#lib/staff/tenants.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const system = systemActor(tenantId, 'test', permissions);
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 4, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await database.close();
  await made.close();
});

let network = 0;
/** Asks with a header from a network of its own, so that no try waits for another. */
const ask = (authorization: string) => {
  network += 1;
  return authenticateToken(database, new Headers({ authorization, 'x-gatehouse-client-ip': `198.51.${network}.9` }));
};

test('a token is shown once and kept as a hash; it names its tenant, its scopes and nothing more', async () => {
  const { token } = await execute(database, createServiceToken, system, {
    name: 'collector',
    scopes: ['events:write'],
  });
  const { actor } = await ask(`Bearer ${token}`);
  expect(actor).toMatchObject({ type: 'token', label: 'collector', tenantId });
  expect([...actor.permissions]).toEqual(['events:write']);
  for (const table of ['service_tokens', 'audit_entries']) {
    const [row] = await asOwner<{ all: string }>(made.url, `SELECT string_agg(t::text, '') AS all FROM ${table} t`);
    expect(row?.all).not.toContain(token.slice(4));
  }
  const [row] = await asOwner<{ used: Date | null; days: number }>(
    made.url,
    'SELECT last_used_at AS used, extract(day FROM expires_at - created_at)::int AS days FROM service_tokens',
  );
  expect(row?.used).not.toBeNull();
  expect(row?.days).toBe(90);
});

test('[v5.0.0-V10.3.1] tokens of anybody else, for anybody else, of any form are not ours', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwt = (claims: object) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'x' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  const { token } = await execute(database, createServiceToken, system, { name: 'audience', scopes: ['events:read'] });
  for (const header of [
    `Bearer ${await jwt({ iss: 'http://localhost:3000', aud: 'http://localhost:3000', scope: 'events:read' })}`,
    `Bearer ${await jwt({ iss: 'https://idp.example', aud: 'https://other.example', scope: 'events:read' })}`,
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token.toUpperCase()}`,
    `Basic ${Buffer.from(`token:${token}`).toString('base64')}`,
    `Bearer ${token} ${token}`,
    'Bearer',
    '',
  ])
    await expect(ask(header), header.slice(0, 20)).rejects.toMatchObject({ code: 'not_signed_in' });
  await expect(ask(`bearer  ${token}`)).resolves.toBeDefined();
});

test('revoked or expired it is refused from the next request on; its name is free again', async () => {
  const create = () => execute(database, createServiceToken, system, { name: 'short', scopes: ['events:read'] });
  const first = await create();
  await expect(create()).rejects.toMatchObject({ code: 'conflict' });
  await execute(database, revokeServiceToken, system, { name: 'short' });
  await expect(ask(`Bearer ${first.token}`)).rejects.toMatchObject({ code: 'not_signed_in' });
  const second = await create();
  await asOwner(made.url, `UPDATE service_tokens SET expires_at = now() - interval '1 second' WHERE name = 'short'`);
  await expect(ask(`Bearer ${second.token}`)).rejects.toMatchObject({ code: 'not_signed_in' });
});

test('another tenant can neither revoke nor see it, and no scope that approves or manages can be asked for', async () => {
  const { token } = await execute(database, createServiceToken, system, { name: 'ours', scopes: ['events:read'] });
  const { id } = await createTenant(database, { slug: 'other', name: 'Other' });
  await expect(
    execute(database, revokeServiceToken, systemActor(id, 'test', permissions), { name: 'ours' }),
  ).rejects.toMatchObject({ code: 'not_found' });
  await expect(ask(`Bearer ${token}`)).resolves.toBeDefined();
  for (const scope of permissions.filter((word) => /:(approve|review|manage)$/.test(word)))
    await expect(execute(database, createServiceToken, system, { name: scope, scopes: [scope] })).rejects.toMatchObject(
      { code: 'invalid_input' },
    );
});
