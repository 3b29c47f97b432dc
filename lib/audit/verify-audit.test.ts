import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 6, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await database.close();
  await made.close();
});

test('[v5.0.0-V16.4.2] twenty writers at once leave one contiguous chain, and a change as superuser is named', async () => {
  const write = (n: number) =>
    database.inTenant(tenantId, (tx) =>
      appendAudit(tx, systemActor(tenantId, 'test'), { action: `act_${n}`, outcome: 'success', reason: 'because' }),
    );
  for (let round = 0; round < 5; round += 1) await Promise.all([0, 1, 2, 3].map((n) => write(round * 4 + n)));
  expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: true, entries: 20 });
  await asOwner(
    made.url,
    "SET session_replication_role = replica; UPDATE audit_entries SET reason = 'something else' WHERE seq = 7",
  );
  expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: false, firstBadSeq: 7 });
  await asOwner(
    made.url,
    "SET session_replication_role = replica; UPDATE audit_entries SET reason = 'because' WHERE seq = 7; DELETE FROM audit_entries WHERE seq = 11",
  );
  expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: false, firstBadSeq: 11 });
});
