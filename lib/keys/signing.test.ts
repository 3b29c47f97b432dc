import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { verifyToken } from '#lib/kernel/crypto/json-web-token.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { archivedKeySet, ownKeySet, signingKeysOpen } from '#lib/keys/key-set.ts';
import { insertOwnKey } from '#lib/keys/own-issuer.ts';
import { signJws } from '#lib/keys/sign-jws.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const kek = randomBytes(32).toString('base64');
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let issuerId = '';

beforeAll(async () => {
  process.env.GATEHOUSE_KEK = kek;
  process.env.GATEHOUSE_URL = 'https://desk.example.org';
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 6, statementTimeoutMs: 20_000 });
  // Six at first need at once: one issuer, one key.
  const signed = await Promise.all(Array.from({ length: 6 }, () => receipt()));
  expect(new Set(signed.map(({ kid }) => kid)).size).toBe(1);
  issuerId = (await database.inTenant(tenantId, (tx) => ownKeySet(tx, tenantId))).issuerId;
});
afterEach(() => {
  process.env.GATEHOUSE_KEK = kek;
});
afterAll(async () => {
  await database.close();
  await made.close();
});

const receipt = () => signJws(database, { tenantId, typ: 'gatehouse-receipt+jwt', payload: { run: 'r1' } });
const open = () => database.inTenant(tenantId, (tx) => signingKeysOpen(tx, tenantId));
const keySet = () => database.inTenant(tenantId, (tx) => ownKeySet(tx, tenantId));
/** As the owner with triggers asleep: only so can a test move time behind the database's back. */
const past = (sql: string) => asOwner(made.url, `SET session_replication_role = replica; ${sql}`);
const move = (from: string, to: string) =>
  database.inTenant(
    tenantId,
    (tx) =>
      tx.$executeRaw`UPDATE signing_keys SET state = ${to} WHERE issuer_id = ${issuerId}::uuid AND state = ${from}`,
  );
const states = async () =>
  (
    await asOwner<{ state: string }>(
      made.url,
      `SELECT state FROM signing_keys WHERE issuer_id = '${issuerId}' ORDER BY version`,
    )
  ).map(({ state }) => state);

describe('signing with our own keys', () => {
  test('what is signed verifies with the key set alone, and counts as depending on the key', async () => {
    const { jws, kid, issuer } = await receipt();
    const { set, maxAgeSeconds } = await keySet();
    const verified = await verifyToken(jws, set, {
      issuer,
      audience: null,
      typ: 'gatehouse-receipt+jwt',
      algorithms: ['RS256'],
      expiry: 'forbidden',
      ageSecondsMax: 300,
      skewSeconds: 30,
      bytesMax: 10_000,
      at: new Date(),
    });
    expect(verified).toMatchObject({ kid, weakKey: false, claims: { run: 'r1', iss: 'https://desk.example.org' } });
    expect(maxAgeSeconds).toBe(300);
    expect(await asOwner(made.url, 'SELECT typ, tokens::int FROM signing_key_uses')).toEqual([
      { typ: 'gatehouse-receipt+jwt', tokens: 7 },
    ]);
    expect(await asOwner(made.url, "SELECT 1 FROM signing_keys WHERE public_jwk ? 'd'")).toEqual([]);
  });

  test('[v5.0.0-V11.2.5] [v5.0.0-V11.3.3] with a wrong or missing KEK, or a changed or moved box, signing stops and nothing takes its place', async () => {
    expect(await open()).toBe(true);
    process.env.GATEHOUSE_KEK = randomBytes(32).toString('base64');
    await expect(receipt()).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable' });
    expect(await open()).toBe(false);
    process.env.GATEHOUSE_KEK = 'short';
    await expect(receipt()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await open()).toBe(false);
    process.env.GATEHOUSE_KEK = kek;
    const [kept] = await asOwner<{ box: string }>(
      made.url,
      "SELECT encode(wrapped_private, 'hex') AS box FROM signing_keys",
    );
    await past('UPDATE signing_keys SET wrapped_private = set_byte(wrapped_private, 40, 0)');
    await expect(receipt()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await open()).toBe(false);
    await past(`UPDATE signing_keys SET wrapped_private = decode('${kept?.box}', 'hex'), version = version + 7`);
    await expect(receipt()).rejects.toMatchObject({ code: 'unavailable' });
    await past('UPDATE signing_keys SET version = version - 7');
    expect(await open()).toBe(true);
    expect(await states()).toEqual(['active']);
  });

  test('the database holds the lifecycle: one active, none too early, none skipped, nothing forgotten', async () => {
    const tries = (work: Promise<unknown>) => expect(work).rejects.toThrow();
    // A second active key, a key that skips its lead time, an issuer left without one.
    await tries(database.inTenant(tenantId, (tx) => insertOwnKey(tx, { tenantId, issuerId, state: 'active' })));
    await tries(move('active', 'retiring'));
    await tries(database.inTenant(tenantId, (tx) => tx.$executeRaw`UPDATE signing_keys SET public_jwk = '{}'::jsonb`));
    await tries(database.inTenant(tenantId, (tx) => tx.$executeRaw`DELETE FROM signing_keys`));
    await database.inTenant(tenantId, (tx) => insertOwnKey(tx, { tenantId, issuerId, state: 'created' }));
    await tries(database.inTenant(tenantId, (tx) => insertOwnKey(tx, { tenantId, issuerId, state: 'created' })));
    await tries(move('created', 'active'));
    await move('created', 'published');
    const activate = () =>
      database.inTenant(tenantId, async (tx) => {
        await tx.$executeRaw`UPDATE signing_keys SET state = 'retiring' WHERE state = 'active'`;
        // A time of the caller's own making counts for nothing.
        await tx.$executeRaw`UPDATE signing_keys SET state = 'active', published_at = now() - interval '9 days' WHERE state = 'published'`;
      });
    await tries(activate());
    await tries(
      database.inTenant(
        tenantId,
        (tx) =>
          tx.$executeRaw`UPDATE signing_keys SET published_at = now() - interval '9 days' WHERE state = 'published'`,
      ),
    );
    expect(await states()).toEqual(['active', 'published']);
    await past("UPDATE signing_keys SET published_at = now() - interval '86399 seconds' WHERE state = 'published'");
    await tries(activate());
    await past("UPDATE signing_keys SET published_at = now() - interval '86401 seconds' WHERE state = 'published'");
    await activate();
    expect((await keySet()).set.keys).toHaveLength(2);
    await tries(move('retiring', 'retired'));
    await past("UPDATE signing_keys SET retiring_at = now() - interval '3961 seconds' WHERE state = 'retiring'");
    await move('retiring', 'retired');
    expect(await states()).toEqual(['retired', 'active']);
    expect((await keySet()).set.keys).toHaveLength(1);
    // The archive still verifies what the retired key signed.
    expect((await database.inTenant(tenantId, (tx) => archivedKeySet(tx, tenantId))).keys).toHaveLength(2);
  });

  test('a tenant sees and signs with its own keys only', async () => {
    const other = newId();
    await asOwner(made.url, "INSERT INTO tenants (id, slug, name) VALUES ($1, 'other', 'Other')", [other]);
    const theirs = await signJws(database, { tenantId: other, typ: 'secevent+jwt', payload: { aud: 'x' } });
    expect(theirs.issuer).toBe('https://desk.example.org/tenants/other');
    const seen = await database.inTenant(other, (tx) => tx.signingKey.findMany());
    expect(seen.map(({ kid }) => kid)).toEqual([theirs.kid]);
    expect((await keySet()).set.keys.map(({ kid }) => kid)).not.toContain(theirs.kid);
  });
});
