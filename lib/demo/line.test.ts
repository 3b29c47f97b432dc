import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { employeesAt } from '#lib/demo/company.ts';
import { sampleSubject } from '#lib/demo/provider/people.ts';
import { startTestSamples, type TestSamples } from '#lib/demo/test-samples.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { openTestDesk, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { workOnce } from '#lib/pipeline.ts';
import { saveConnection } from '#lib/providers/connection.ts';
import { revokeSession } from '#lib/revocation/order-revocation.ts';
import { revocationOfSession } from '#lib/revocation/revocation-of-session.ts';

const [mara, tomas] = employeesAt('sample');
if (!mara || !tomas) throw new Error('the roll is too short');
let desk: TestDesk;
let samples: TestSamples;

beforeAll(async () => {
  process.env.GATEHOUSE_KEK ||= Buffer.alloc(32, 7).toString('base64');
  desk = await openTestDesk();
  const { database } = desk;
  const { provider, definition } = await openProvider(database, systemActor(tenantId, 'test'), 'sample');
  samples = await startTestSamples(async (lines) => {
    await appendRecords(
      { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: new Date() },
      splitRecords(lines),
    );
    return 200;
  });
  const { baseUrl, secret, allowance } = samples.connection;
  await database.inTenant(tenantId, (tx) =>
    saveConnection(tx, { tenantId, providerId: provider.id, baseUrl, secret, allowance }),
  );
});
afterAll(async () => {
  await samples.close();
  await desk.close();
});

const sessionOf = async (staffNumber: string) =>
  (
    await desk.sql<{ id: string; end_reason: string | null }>(
      `SELECT s.id::text, s.end_reason FROM sessions s JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id WHERE p.subject = $1`,
      [sampleSubject(staffNumber)],
    )
  )[0];

test('a sign-in at the real provider comes in, its revocation is carried out and proved, and its person is out', async () => {
  const [hers, his] = [samples.browser({ userAgent: 'Test/1.0' }), samples.browser({ userAgent: 'Test/1.0' })];
  await hers.signIn({ application: samples.payroll, email: mara.email, password: samples.password });
  await his.signIn({ application: samples.payroll, email: tomas.email, password: samples.password });
  await expect.poll(() => sessionOf(mara.staffNumber), { timeout: 20_000 }).toBeDefined();
  await expect.poll(() => sessionOf(tomas.staffNumber), { timeout: 20_000 }).toBeDefined();

  const analyst = await desk.operator('analyst@example.org', 'analyst');
  const id = (await sessionOf(mara.staffNumber))?.id ?? '';
  await execute(desk.database, revokeSession, analyst.actor, { sessionId: id, reason: 'lost laptop' });
  await expect
    .poll(
      async () => {
        await workOnce(desk.database, new AbortController().signal);
        return (await desk.database.inTenant(tenantId, (tx) => revocationOfSession(tx, tenantId, id)))?.state;
      },
      { timeout: 60_000 },
    )
    .toBe('verified');

  expect((await hers.open(samples.payroll)).status).toBe(401);
  expect((await his.open(samples.payroll)).text).toContain(tomas.name);
  await expect.poll(async () => (await sessionOf(mara.staffNumber))?.end_reason).toBe('revoked');
  expect((await sessionOf(tomas.staffNumber))?.end_reason).toBeNull();
  expect(await verifyAudit(desk.database, tenantId)).toMatchObject({ ok: true });
}, 120_000);
