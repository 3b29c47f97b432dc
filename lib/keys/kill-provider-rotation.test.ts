import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { openProviderKeysDesk, type ProviderKeysDesk } from '#lib/keys/provider-keys.fixture.ts';
import { lookAtProviders } from '#lib/keys/provider-keys.ts';
import { startRotation } from '#lib/keys/start-rotation.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
let desk: ProviderKeysDesk;
let made: ProviderKeysDesk['made'];
let database: ProviderKeysDesk['database'];
let provider: ProviderKeysDesk['provider'];
let issuerId = '';

beforeAll(async () => {
  desk = await openProviderKeysDesk(tenantId);
  ({ made, database, provider, issuerId } = desk);
  await lookAtProviders(database, tenantId, new AbortController().signal);
});
afterAll(async () => {
  await desk.close();
});

const rows = <Row extends Record<string, unknown>>(sql: string) => asOwner<Row>(made.url, sql);
const keys = () =>
  rows<{ id: string; kid: string; state: string }>(
    `SELECT id, kid, state FROM signing_keys WHERE issuer_id = '${issuerId}' ORDER BY version`,
  );
const states = async () => (await keys()).map(({ state }) => state);
const keySet = async () =>
  ((await (await fetch(`${provider.origin}/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

/** A worker of its own process, which a failpoint kills. Not a blocking spawn: the provider answers from this process. */
function work(failpoint?: string): Promise<{ signal: string | null; code: number | null }> {
  const worker = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'provider-rotation-worker.fixture.ts'), made.url, tenantId],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        LOG_LEVEL: 'silent',
        ...(failpoint ? { APP_FAILPOINTS: '1', FAILPOINTS: `${failpoint}:kill` } : {}),
      },
    },
  );
  return new Promise((resolve) => worker.once('exit', (code, signal) => resolve({ code, signal })));
}

async function start(kind: 'rotate' | 'kill'): Promise<string> {
  const active = (await keys()).find(({ state }) => state === 'active');
  if (!active) throw new Error('the provider has no active key');
  return database.inTenant(tenantId, (tx) =>
    startRotation(tx, { tenantId, proposalId: newId(), issuerId, kind, keyId: active.id, reason: 'yearly' }),
  );
}

/** The dead worker's lease runs out, and what waits is due: as the owner with triggers asleep, for nobody else can. */
const timePasses = () =>
  rows(`SET session_replication_role = replica;
    UPDATE signing_issuers SET lead_seconds = 0, client_cache_seconds = 0, jwks_max_age_seconds = 0, token_life_seconds = 1, skew_seconds = 0, keep_seconds = 0;
    UPDATE signing_keys SET retiring_at = retiring_at - interval '1 minute';
    UPDATE key_rotations SET next_at = clock_timestamp(), lease_until = NULL WHERE state = 'running'`);

/** What holds after every kill: the provider has one key that signs, it is served, and nobody made a key too many. */
async function holds(where: string, keysMost: number): Promise<void> {
  const now = await keys();
  expect(now.filter(({ state }) => state === 'active').length, where).toBe(1);
  const set = await keySet();
  expect(set.length, where).toBeGreaterThanOrEqual(1);
  expect(set.length, where).toBeLessThanOrEqual(2);
  expect(now.length, where).toBeLessThanOrEqual(keysMost);
}

/** Each step is taken at the provider once: what the ledger says, and what the audit says of it. */
const steps = (id: string, state: string) =>
  rows<{ step: string; n: number }>(
    `SELECT step, count(*)::int AS n FROM key_rotation_steps WHERE rotation_id = '${id}' AND state = '${state}' GROUP BY step ORDER BY step`,
  );

test('[v5.0.0-V2.3.3] kill -9 at every step of a rotation at a provider: one key more, each step confirmed once, and it ends', async () => {
  const id = await start('rotate');
  const [first] = await keys();
  for (const step of ['publish', 'activate', 'retire', 'destroy'] as const) {
    const points = [
      'after_sending',
      ...(step === 'publish' ? ['after_created'] : []),
      'after_provider_ok',
      'after_confirmed',
      'before_verified_commit',
      'after_verified',
    ];
    for (const point of points) {
      const where = `rotate.${step}.${point}`;
      expect((await work(where)).signal, where).toBe('SIGKILL');
      await holds(where, 2);
      await timePasses();
    }
  }
  expect(await work()).toEqual({ code: 0, signal: null });
  expect(await states()).toEqual(['destroyed', 'active']);
  const set = await keySet();
  expect(set).toHaveLength(1);
  expect(set).not.toContain(first?.kid);
  const once = ['activate', 'destroy', 'publish', 'retire'].map((step) => ({ step, n: 1 }));
  expect(await steps(id, 'confirmed')).toEqual(once);
  expect(await steps(id, 'verified')).toEqual(once);
  expect(
    await rows(
      `SELECT action, count(*)::int AS n FROM audit_entries WHERE target_id = '${id}' GROUP BY action ORDER BY action`,
    ),
  ).toEqual(
    ['key_activate', 'key_destroy', 'key_publish', 'key_retire', 'key_rotation_finished'].map((action) => ({
      action,
      n: 1,
    })),
  );
}, 300_000);

test('kill -9 at every step of a kill at a provider: the key is never back, one heir signs, and it ends', async () => {
  for (const point of [
    'after_sending',
    'after_heir_active',
    'after_provider_ok',
    'after_confirmed',
    'before_verified_commit',
  ]) {
    const before = await keys();
    const stolen = before.find(({ state }) => state === 'active');
    const id = await start('kill');
    const where = `rotate.kill.${point}`;
    expect((await work(where)).signal, where).toBe('SIGKILL');
    await timePasses();
    expect(await work(), where).toEqual({ code: 0, signal: null });
    await holds(where, before.length + 1);
    expect(await keySet(), where).not.toContain(stolen?.kid);
    expect((await keys()).find(({ id: key }) => key === stolen?.id)?.state, where).toBe('compromised');
    expect(await steps(id, 'confirmed'), where).toEqual([{ step: 'kill', n: 1 }]);
  }
  expect(await rows('SELECT DISTINCT state FROM key_rotations')).toEqual([{ state: 'done' }]);
  expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: true });
}, 300_000);
