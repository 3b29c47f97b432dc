import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { thumbprintOf } from '#lib/kernel/crypto/dpop-proof.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { sha256 } from '#lib/kernel/ids.ts';
import { permissions } from '#lib/model/permissions.ts';
import { authenticateCaller } from '#lib/staff/authenticate-caller.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { createServiceToken, forgetOldProofs } from '#lib/staff/service-tokens.ts';

const system = systemActor('01900000-0000-7000-8000-000000000001', 'test', permissions);
const address = `${relyingParty().origin}/api/v1/events`;
const mine = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' });
let made: Awaited<ReturnType<typeof testDatabase>>;
let one: Database;
let other: Database;
let token: string;

beforeAll(async () => {
  made = await testDatabase();
  const open = (name: string) => openDatabase({ url: made.url, name, connections: 4, statementTimeoutMs: 10_000 });
  [one, other] = [open('one'), open('other')];
  const proofKey = await thumbprintOf(jwkOf(mine.publicKey));
  ({ token } = await execute(one, createServiceToken, system, { name: 'bound', scopes: ['events:read'], proofKey }));
});
afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  await made.close();
});

type Wrong = { claims?: JWTPayload; header?: Record<string, unknown>; key?: KeyObject };
/** A proof as RFC 9449 section 4.2 wants it, but for what is wrong with it. */
async function proofOf({ claims = {}, header = {}, key = mine.privateKey }: Wrong = {}): Promise<string> {
  const all: JWTPayload = {
    jti: randomUUID(),
    htm: 'GET',
    htu: address,
    iat: Math.floor(Date.now() / 1000),
    ath: sha256(token).toString('base64url'),
    ...claims,
  };
  for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
  return new SignJWT(all)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: jwkOf(mine.publicKey), ...header })
    .sign(key);
}
let network = 0;
/** A request from a network of its own, so that no refusal waits for another. */
function ask(headers: Record<string, string>, { method = 'GET', at = address, database = one } = {}) {
  network += 1;
  return authenticateCaller(
    database,
    new Request(at, { method, headers: { ...headers, 'x-gatehouse-client-ip': `198.51.${network}.9` } }),
  );
}
const shown = (proof: string) => ({ authorization: `DPoP ${token}`, dpop: proof });
const refused = { code: 'not_signed_in' };

test('[v5.0.0-V10.3.5] a token that is bound to a key is worth nothing without a proof by that key', async () => {
  await expect(ask({ authorization: `Bearer ${token}` })).rejects.toMatchObject(refused);
  await expect(ask({ authorization: `DPoP ${token}` })).rejects.toMatchObject(refused);
  // Nor is the proof a way to use it as a bearer token.
  await expect(ask({ authorization: `Bearer ${token}`, dpop: await proofOf() })).rejects.toMatchObject(refused);
  expect((await ask(shown(await proofOf()))).actor).toMatchObject({ type: 'token', label: 'bound' });
  expect((await ask(shown(await proofOf()), { at: `${address}?type=sign_in#x` })).actor.label).toBe('bound');
});

const now = () => Math.floor(Date.now() / 1000);
const wrong: [string, () => Wrong][] = [
  ['by the thief’s key', () => ({ key: theirs.privateKey, header: { jwk: jwkOf(theirs.publicKey) } })],
  ['by the thief’s key under our own', () => ({ key: theirs.privateKey })],
  ['for another method', () => ({ claims: { htm: 'POST' } })],
  ['for another address', () => ({ claims: { htu: `${relyingParty().origin}/api/v1/audit` } })],
  ['for another host', () => ({ claims: { htu: 'https://evil.example/api/v1/events' } })],
  ['for another token', () => ({ claims: { ath: sha256('ght_another').toString('base64url') } })],
  ['for no token', () => ({ claims: { ath: undefined } })],
  ['that is two minutes old', () => ({ claims: { iat: now() - 120 } })],
  ['of the future', () => ({ claims: { iat: now() + 60 } })],
  ['of no time', () => ({ claims: { iat: undefined } })],
  ['without an id', () => ({ claims: { jti: undefined } })],
  ['of another type', () => ({ header: { typ: 'JWT' } })],
  ['that brings no key', () => ({ header: { jwk: undefined } })],
  ['that brings the private key', () => ({ header: { jwk: jwkOf(mine.privateKey) } })],
];
test.each(wrong)('[v5.0.0-V10.3.5] a proof %s is none', async (_what, change) => {
  await expect(ask(shown(await proofOf(change())))).rejects.toMatchObject(refused);
});

test('[v5.0.0-V10.3.5] an unsigned proof, one signed with the public key as a secret, and one of a megabyte are none', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [, payload] = (await proofOf()).split('.');
  const none = `${part({ typ: 'dpop+jwt', alg: 'none', jwk: jwkOf(mine.publicKey) })}.${payload}.`;
  const secret = new Uint8Array(mine.publicKey.export({ type: 'spki', format: 'der' }));
  const symmetric = await new SignJWT({})
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk: jwkOf(mine.publicKey) })
    .sign(secret);
  for (const proof of [none, symmetric, await proofOf({ claims: { filler: 'x'.repeat(20_000) } })])
    await expect(ask(shown(proof))).rejects.toMatchObject(refused);
});

test('[v5.0.0-V10.3.5] a proof serves once, on whichever instance, however many try at once', async () => {
  const proof = await proofOf();
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => ask(shown(proof), { database: n % 2 ? one : other })),
  );
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(ask(shown(proof), { database: other })).rejects.toMatchObject(refused);
  await asOwner(made.url, "UPDATE seen_token_proofs SET expires_at = now() - interval '1 second'");
  expect(await forgetOldProofs(one)).toBeGreaterThan(0);
});

test('a token that is not bound is a bearer token and nothing else; what is no thumbprint binds nothing', async () => {
  const free = await execute(one, createServiceToken, system, { name: 'free', scopes: ['events:read'] });
  const ath = sha256(free.token).toString('base64url');
  expect((await ask({ authorization: `Bearer ${free.token}` })).actor.label).toBe('free');
  await expect(
    ask({ authorization: `DPoP ${free.token}`, dpop: await proofOf({ claims: { ath } }) }),
  ).rejects.toMatchObject(refused);
  await expect(
    execute(one, createServiceToken, system, { name: 'x', scopes: ['events:read'], proofKey: 'my key' }),
  ).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(async () => thumbprintOf(jwkOf(mine.privateKey))).rejects.toThrow(/private key/);
});
