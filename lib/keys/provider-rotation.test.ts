import { afterAll, beforeAll, expect, test } from 'vitest';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { openProviderKeysDesk, type ProviderKeysDesk } from '#lib/keys/provider-keys.fixture.ts';
import { startRotation } from '#lib/keys/start-rotation.ts';
import { workKeys } from '#lib/keys/work-keys.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
let desk: ProviderKeysDesk;
let made: ProviderKeysDesk['made'];
let database: ProviderKeysDesk['database'];
let provider: ProviderKeysDesk['provider'];
let origin = '';
let issuerId = '';

beforeAll(async () => {
  desk = await openProviderKeysDesk(tenantId);
  ({ made, database, provider, issuerId } = desk);
  origin = provider.origin;
  await work();
});
afterAll(async () => {
  await desk.close();
});

const patient = { timeout: 90_000, interval: 200 };
const work = () => workKeys(database, tenantId, new AbortController().signal);
const keySet = async () => {
  const answer = await fetch(`${origin}/jwks`, { headers: { 'user-agent': 'payroll' } });
  expect(answer.headers.get('cache-control')).toContain('max-age=60');
  return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
};
const keys = () =>
  asOwner<{ id: string; kid: string; state: string }>(
    made.url,
    `SELECT id, kid, state FROM signing_keys WHERE issuer_id = '${issuerId}' ORDER BY version`,
  );
const states = async () => (await keys()).map(({ state }) => state);
async function start(kind: 'rotate' | 'kill'): Promise<string> {
  const active = (await keys()).find(({ state }) => state === 'active');
  if (!active) throw new Error('the provider has no active key');
  return database.inTenant(tenantId, (tx) =>
    startRotation(tx, { tenantId, proposalId: newId(), issuerId, kind, keyId: active.id, reason: 'yearly' }),
  );
}
/** Lets what is due be due now. Times of a provider's keys are the provider's own, so the policy is shortened instead. */
const hurry = () =>
  asOwner(
    made.url,
    `SET session_replication_role = replica;
    UPDATE signing_issuers SET lead_seconds = 0, client_cache_seconds = 0, jwks_max_age_seconds = 0, token_life_seconds = 1, skew_seconds = 0, keep_seconds = 0;
    UPDATE key_rotations SET next_at = clock_timestamp(), lease_until = NULL WHERE state = 'running'`,
  );

test('the keys of the sample provider are seen, rotated to the end, and killed, at the provider itself', async () => {
  const [first] = await keys();
  expect(await states()).toEqual(['active']);
  expect(await keySet()).toEqual([first?.kid]);

  await start('rotate');
  await work();
  expect(await states()).toEqual(['active', 'published']);
  expect(new Set(await keySet())).toEqual(new Set((await keys()).map(({ kid }) => kid)));
  // Ten minutes have not gone by, so nothing more happens however often the worker looks.
  await work();
  expect(await states()).toEqual(['active', 'published']);

  await hurry();
  await expect
    .poll(async () => {
      await work();
      return states();
    }, patient)
    .toEqual(['destroyed', 'active']);
  const second = (await keys())[1];
  expect(await keySet()).toEqual([second?.kid]);
  expect(await asOwner(made.url, 'SELECT state, next_step FROM key_rotations')).toEqual([
    { state: 'done', next_step: null },
  ]);

  await start('kill');
  await expect
    .poll(async () => {
      await work();
      return states();
    }, patient)
    .toEqual(['destroyed', 'compromised', 'active']);
  expect(await keySet()).not.toContain(second?.kid);
  await asOwner(made.url, 'UPDATE signing_issuers SET looked_at = NULL');
  await work();
  // What was killed here stays killed here, whatever the provider calls it; and who reads the key set is known.
  expect(await states()).toEqual(['destroyed', 'compromised', 'active']);
  expect(await asOwner(made.url, 'SELECT reader FROM jwks_readers')).toContainEqual({ reader: 'payroll' });
}, 240_000);
