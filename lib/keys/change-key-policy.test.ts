import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDesk, type Person, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { execute } from '#lib/kernel/command.ts';
import { changeKeyPolicy } from '#lib/keys/change-key-policy.ts';
import { abandonRotation } from '#lib/keys/decide-rotation.ts';
import { issuerDetail } from '#lib/keys/issuer-overview.ts';
import { ensureOwnIssuer } from '#lib/keys/own-issuer.ts';
import { proposeRotation } from '#lib/keys/propose-rotation.ts';
import { countIssuersWaiting } from '#lib/keys/rotation-view.ts';
import { startRotation } from '#lib/keys/start-rotation.ts';

let desk: TestDesk;
let custodian: Person;
let issuerId = '';
beforeAll(async () => {
  process.env.GATEHOUSE_KEK = randomBytes(32).toString('base64');
  process.env.GATEHOUSE_URL = 'https://desk.example.org';
  desk = await openTestDesk();
  custodian = await desk.operator('custodian@example.org', 'key-custodian');
  issuerId = (await desk.database.inTenant(tenantId, (tx) => ensureOwnIssuer(tx, tenantId))).id;
});
afterAll(() => desk.close());

const change = (wanted: Record<string, number>, actor = custodian.actor) =>
  execute(desk.database, changeKeyPolicy, actor, { issuerId, reason: 'partners asked for more notice', ...wanted });
const detail = () => desk.database.inTenant(tenantId, (tx) => issuerDetail(tx, tenantId, issuerId));
const waiting = () => desk.database.inTenant(tenantId, (tx) => countIssuersWaiting(tx, { tenantId }));

test('what is changed is audited with what it was; the rest stays, and a lead time shorter than a cache is refused', async () => {
  const before = (await detail()).policy;
  await change({ leadSeconds: 2 * 86_400, tokenLifeSeconds: 7_200 });
  expect((await detail()).policy).toEqual({ ...before, leadSeconds: 2 * 86_400, tokenLifeSeconds: 7_200 });
  expect(
    await desk.sql<{ detail: object; reason: string }>(
      "SELECT entry::jsonb -> 'detail' AS detail, entry::jsonb ->> 'reason' AS reason FROM audit_entries WHERE action = 'key_policy_changed'",
    ),
  ).toEqual([
    {
      reason: 'partners asked for more notice',
      detail: { issuer: 'Gatehouse (Main)', leadSeconds: '86400 → 172800', tokenLifeSeconds: '3600 → 7200' },
    },
  ]);
  await expect(change({ leadSeconds: 10 })).rejects.toMatchObject({
    code: 'invalid_input',
    problems: [{ path: 'leadSeconds', message: expect.stringContaining('10 min') }],
  });
  await expect(change({ clientCacheSeconds: 3 * 86_400 })).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(change({ jwksMaxAgeSeconds: 1 })).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(change({ leadSeconds: 2 * 86_400 })).rejects.toMatchObject({ code: 'conflict' });
});

test('nobody without the permission or a fresh passkey, and nobody of another tenant', async () => {
  const viewer = await desk.operator('viewer@example.org', 'viewer');
  await expect(change({ skewSeconds: 30 }, viewer.actor)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(change({ skewSeconds: 30 }, { ...custodian.actor, passkeyProofAgeSeconds: 301 })).rejects.toMatchObject({
    code: 'step_up_required',
  });
  const elsewhere = '01900000-0000-7000-8000-0000000000ff';
  await desk.sql("INSERT INTO tenants (id, slug, name) VALUES ($1, 'elsewhere', 'Elsewhere')", [elsewhere]);
  await expect(change({ skewSeconds: 30 }, { ...custodian.actor, tenantId: elsewhere })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('the timetable that people sign is the one that runs: no change while a rotation is proposed or open', async () => {
  const proposed = await execute(desk.database, proposeRotation, custodian.actor, {
    issuerId,
    kind: 'rotate',
    reason: 'it is a year old',
  });
  await expect(change({ keepSeconds: 60 })).rejects.toThrow(/proposed or under way/);
  await desk.sql("UPDATE proposals SET state = 'withdrawn' WHERE id = $1", [proposed.proposalId]);
  const keyId = (await detail()).current?.id ?? '';
  const rotationId = await desk.database.inTenant(tenantId, (tx) =>
    startRotation(tx, { tenantId, proposalId: proposed.proposalId, issuerId, kind: 'rotate', keyId, reason: 'yearly' }),
  );
  await expect(change({ keepSeconds: 60 })).rejects.toThrow(/proposed or under way/);
  // Past the application, the database says the same.
  await expect(desk.sql('UPDATE signing_issuers SET lead_seconds = 86401')).rejects.toThrow(/stands still/);
  await execute(desk.database, abandonRotation, custodian.actor, { rotationId, reason: 'wrong week' });
  await change({ keepSeconds: 60 });
});

test('a key that has signed for its period says that a rotation is due, and is counted until one is open', async () => {
  expect((await detail()).current).toMatchObject({ isDue: false });
  expect(await waiting()).toBe(0);
  await desk.sql(
    "SET session_replication_role = replica; UPDATE signing_keys SET activated_at = activated_at - interval '366 days' WHERE state = 'active'",
  );
  const { current } = await detail();
  expect(current).toMatchObject({ isDue: true });
  expect(Date.parse(current?.until ?? '')).toBeLessThan(Date.now());
  expect(await waiting()).toBe(1);
  await change({ periodSeconds: 2 * 365 * 86_400 });
  expect((await detail()).current).toMatchObject({ isDue: false });
  expect(await waiting()).toBe(0);
});
