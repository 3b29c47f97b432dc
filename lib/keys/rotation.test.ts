import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type PublicKeySet, verifyToken } from '#lib/kernel/crypto/json-web-token.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { advanceRotations } from '#lib/keys/advance-rotations.ts';
import { abandonRotation, resumeRotation } from '#lib/keys/decide-rotation.ts';
import { ownKeySet } from '#lib/keys/key-set.ts';
import { signJws } from '#lib/keys/sign-jws.ts';
import { startRotation } from '#lib/keys/start-rotation.ts';
import { sweepKeys } from '#lib/keys/sweep-keys.ts';
import { permissionsOf } from '#lib/model/permissions.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor: Actor = {
  type: 'operator',
  id: newId(),
  label: 'Ada',
  tenantId,
  permissions: permissionsOf(['key-custodian']),
  ip: null,
  requestId: null,
  passkeyProofAgeSeconds: 0,
};
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let hidden: string[] = [];

beforeAll(async () => {
  process.env.GATEHOUSE_KEK = randomBytes(32).toString('base64');
  process.env.GATEHOUSE_URL = 'https://desk.example.org';
});
beforeEach(async () => {
  hidden = [];
  await database?.close();
  await made?.close();
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 6, statementTimeoutMs: 20_000 });
  await sign();
});
afterAll(async () => {
  await database.close();
  await made.close();
});

const sign = () => signJws(database, { tenantId, typ: 'secevent+jwt', payload: { aud: 'https://app.example.org' } });
const served = () => database.inTenant(tenantId, (tx) => ownKeySet(tx, tenantId));
/** The key set as a relying party gets it; a test can hide keys from it, as a stale cache would. */
const readKeySet = async (): Promise<PublicKeySet> => {
  const { set } = await served();
  return { keys: set.keys.filter(({ kid }) => !hidden.includes(kid ?? '')) };
};
const context = () => ({
  database,
  tenantId,
  ports: { readKeySet, takeProviderStep: () => Promise.reject(new Error('no provider here')) },
  signal: new AbortController().signal,
});
const rows = <Row extends Record<string, unknown>>(sql: string) => asOwner<Row>(made.url, sql);
/** As the owner with triggers asleep: only so can a test move time behind the database's back. */
const past = (sql: string) => asOwner(made.url, `SET session_replication_role = replica; ${sql}`);
const states = async () =>
  (await rows<{ state: string }>('SELECT state FROM signing_keys ORDER BY version')).map(({ state }) => state);
const rotations = () =>
  rows<{ state: string; next_step: string | null; halt_reason: string | null }>(
    'SELECT state, next_step, halt_reason FROM key_rotations ORDER BY created_at',
  );
async function start(kind: 'rotate' | 'kill' = 'rotate', state = 'active'): Promise<string> {
  const [key] = await rows<{ id: string; issuer_id: string }>(
    `SELECT id, issuer_id FROM signing_keys WHERE state = '${state}'`,
  );
  if (!key) throw new Error('no such key');
  return database.inTenant(tenantId, (tx) =>
    startRotation(tx, {
      tenantId,
      proposalId: newId(),
      issuerId: key.issuer_id,
      kind,
      keyId: key.id,
      reason: 'yearly',
    }),
  );
}
/** Lets two days go by: for the keys, the ledger and whatever waits. */
const twoDays = () =>
  past(`UPDATE signing_keys SET published_at = published_at - interval '2 days', activated_at = activated_at - interval '2 days',
      retiring_at = retiring_at - interval '2 days', retired_at = retired_at - interval '2 days';
    UPDATE key_rotations SET next_at = next_at - interval '2 days', lease_until = NULL;
    UPDATE signing_key_uses SET expires_at = expires_at - interval '2 days'`);
const soon = () => past('UPDATE key_rotations SET next_at = clock_timestamp(), lease_until = NULL');
async function drain(): Promise<void> {
  while ((await advanceRotations(context())) > 0);
}
/** I10: one signs; what it signs verifies with the key set; what was signed before and is not dead does too. */
async function holds(tokens: readonly string[]): Promise<void> {
  expect((await states()).filter((state) => state === 'active')).toHaveLength(1);
  const { set } = await served();
  const now = await sign();
  for (const token of [...tokens, now.jws])
    await verifyToken(token, set, {
      issuer: now.issuer,
      audience: 'https://app.example.org',
      typ: 'secevent+jwt',
      algorithms: ['RS256'],
      expiry: 'optional',
      ageSecondsMax: null,
      skewSeconds: 60,
      bytesMax: 10_000,
      at: new Date(),
    });
}

describe('a rotation', () => {
  test('goes from publication to destruction on time, with everything verifying meanwhile', async () => {
    const before = await sign();
    await start();
    await drain();
    expect(await states()).toEqual(['active', 'published']);
    expect(await rotations()).toMatchObject([{ state: 'running', next_step: 'activate' }]);
    await holds([before.jws]);
    await twoDays();
    await drain();
    expect(await states()).toEqual(['retiring', 'active']);
    const after = await sign();
    expect(after.kid).not.toBe(before.kid);
    await holds([before.jws, after.jws]);
    await twoDays();
    await drain();
    expect(await states()).toEqual(['retired', 'active']);
    await twoDays();
    await drain();
    expect(await states()).toEqual(['destroyed', 'active']);
    expect(await rows("SELECT 1 FROM signing_keys WHERE state = 'destroyed' AND wrapped_private IS NOT NULL")).toEqual(
      [],
    );
    expect(await rotations()).toMatchObject([{ state: 'done', next_step: null }]);
    expect(await rows("SELECT action FROM audit_entries WHERE target_type = 'key_rotation' ORDER BY seq")).toEqual(
      ['key_publish', 'key_activate', 'key_retire', 'key_destroy', 'key_rotation_finished'].map((action) => ({
        action,
      })),
    );
    expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: true });
  });

  test('of two at once for one issuer, one is refused', async () => {
    const [first, second] = await Promise.allSettled([start(), start()]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    await expect(start()).rejects.toMatchObject({ code: 'conflict' });
    await drain();
    expect(await states()).toEqual(['active', 'published']);
  });

  test('halts loudly when relying parties do not get the next key, and goes on when they do and somebody says so', async () => {
    const id = await start();
    await drain();
    const [next] = await rows<{ kid: string }>("SELECT kid FROM signing_keys WHERE state = 'published'");
    hidden = [next?.kid ?? ''];
    await twoDays();
    await drain();
    expect(await states()).toEqual(['active', 'published']);
    expect(await rotations()).toMatchObject([
      { state: 'halted', halt_reason: expect.stringContaining('does not hold the next key') },
    ]);
    expect(await rows("SELECT 1 AS n FROM audit_entries WHERE action = 'key_rotation_halted'")).toHaveLength(1);
    // Resuming skips nothing: the check fails again.
    await execute(database, resumeRotation, actor, { rotationId: id, reason: 'try again' });
    await drain();
    expect(await rotations()).toMatchObject([{ state: 'halted' }]);
    hidden = [];
    await execute(database, resumeRotation, actor, { rotationId: id, reason: 'cache purged' });
    await drain();
    expect(await states()).toEqual(['retiring', 'active']);
    await expect(execute(database, resumeRotation, actor, { rotationId: id, reason: 'again' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('halts when it is due before its lead time is over, and when a token lives longer than the policy says', async () => {
    const id = await start();
    await drain();
    await soon();
    await drain();
    expect(await rotations()).toMatchObject([{ halt_reason: expect.stringContaining('lead time is not over') }]);
    expect(await states()).toEqual(['active', 'published']);
    await twoDays();
    await execute(database, resumeRotation, actor, { rotationId: id, reason: 'the day is over' });
    await drain();
    expect(await states()).toEqual(['retiring', 'active']);
    await past("UPDATE signing_key_uses SET expires_at = clock_timestamp() + interval '9 days'");
    await twoDays();
    await drain();
    expect(await rotations()).toMatchObject([{ halt_reason: expect.stringContaining('longer than the policy') }]);
    expect(await states()).toEqual(['retiring', 'active']);
  });

  test('can be taken back until the new key signs, and no later', async () => {
    const first = await start();
    await drain();
    await execute(database, abandonRotation, actor, { rotationId: first, reason: 'wrong week' });
    expect(await states()).toEqual(['active', 'destroyed']);
    await holds([]);
    const second = await start();
    await drain();
    await twoDays();
    await drain();
    await expect(
      execute(database, abandonRotation, actor, { rotationId: second, reason: 'too late' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    expect(await states()).toEqual(['retiring', 'destroyed', 'active']);
    const viewer = { ...actor, permissions: permissionsOf(['viewer']) };
    await expect(
      execute(database, abandonRotation, viewer, { rotationId: second, reason: 'not mine' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      execute(
        database,
        resumeRotation,
        { ...actor, passkeyProofAgeSeconds: 900 },
        { rotationId: second, reason: 'stale' },
      ),
    ).rejects.toMatchObject({ code: 'step_up_required' });
  });
});

describe('killing a key', () => {
  test('takes it out of the key set at once, and a new one signs', async () => {
    const stolen = await sign();
    await start('kill');
    await drain();
    expect(await states()).toEqual(['compromised', 'active']);
    expect((await served()).set.keys.map(({ kid }) => kid)).not.toContain(stolen.kid);
    expect(await rotations()).toMatchObject([{ state: 'done' }]);
    await holds([]);
  });

  test('in the middle of a rotation it ends the rotation, the next key takes over, and nothing is left behind', async () => {
    await start();
    await drain();
    await start('kill');
    await drain();
    expect(await states()).toEqual(['compromised', 'active']);
    expect(await rotations()).toMatchObject([{ state: 'abandoned' }, { state: 'done' }]);
    await holds([]);
    // A second rotation, killed while the old key retires: the sweep ends that one.
    await start();
    await drain();
    await twoDays();
    await drain();
    await start('kill', 'active');
    await drain();
    expect(await states()).toEqual(['compromised', 'retiring', 'compromised', 'active']);
    expect(await sweepKeys(database, tenantId)).toBe(0);
    await twoDays();
    expect(await sweepKeys(database, tenantId)).toBe(1);
    await twoDays();
    await sweepKeys(database, tenantId);
    expect(await states()).toEqual(['compromised', 'destroyed', 'compromised', 'active']);
  });
});

describe('kill -9', () => {
  const worker = path.join(import.meta.dirname, 'rotation-worker.fixture.ts');
  const run = (failpoints: string) =>
    spawnSync(process.execPath, [worker, made.url, tenantId], {
      env: { ...process.env, APP_FAILPOINTS: '1', FAILPOINTS: failpoints, LOG_LEVEL: 'silent' },
      encoding: 'utf8',
      timeout: 60_000,
    });

  test('at every step of a rotation, with a second one trying: I10 holds after each, and the rotation ends', async () => {
    const issued: string[] = [];
    await start();
    let kills = 0;
    for (const step of ['publish', 'activate', 'retire', 'destroy'] as const) {
      for (const where of [
        'after_sending',
        'before_commit',
        'after_confirmed',
        'before_verified_commit',
        'after_verified',
      ]) {
        const died = run(`rotate.${step}.${where}:kill`);
        expect(died.signal, `${step} ${where}: ${died.stderr}`).toBe('SIGKILL');
        kills += 1;
        // The very last kill comes when the rotation is over.
        if (step !== 'destroy' || where !== 'after_verified')
          await expect(start()).rejects.toMatchObject({ code: 'conflict' });
        await holds(step === 'retire' || step === 'destroy' ? [] : issued);
        issued.push((await sign()).jws);
        // The lease of the dead worker runs out.
        await past('UPDATE key_rotations SET lease_until = NULL');
      }
      await twoDays();
    }
    expect(kills).toBe(20);
    expect(run('').status).toBe(0);
    expect(await states()).toEqual(['destroyed', 'active']);
    expect(await rotations()).toMatchObject([{ state: 'done' }]);
    expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: true });
  }, 180_000);

  test('at every step of a kill: the key is never back, one signs, and the kill ends', async () => {
    for (const where of ['after_sending', 'before_commit', 'after_confirmed', 'before_verified_commit']) {
      const stolen = await sign();
      await start('kill');
      expect(run(`rotate.kill.${where}:kill`).signal, where).toBe('SIGKILL');
      expect((await states()).filter((state) => state === 'active')).toHaveLength(1);
      await past('UPDATE key_rotations SET lease_until = NULL');
      expect(run('').status).toBe(0);
      expect((await served()).set.keys.map(({ kid }) => kid)).not.toContain(stolen.kid);
      await holds([]);
    }
    expect((await rotations()).every(({ state }) => state === 'done')).toBe(true);
  }, 120_000);
});
