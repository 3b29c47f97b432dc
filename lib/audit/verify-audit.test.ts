import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditBundle } from '#lib/audit/bundle.ts';
import { ownKeySet, writeCheckpoint } from '#lib/audit/checkpoint.ts';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { verifyBundle } from '#lib/audit/verify-bundle.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor = systemActor(tenantId, 'test');
const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-audit-'));
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;

beforeAll(async () => {
  process.env.GATEHOUSE_KEK = Buffer.alloc(32, 7).toString('base64');
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 6, statementTimeoutMs: 30_000 });
});
afterAll(async () => {
  await database.close();
  await made.close();
  rmSync(folder, { recursive: true, force: true });
});

const write = (action: string) =>
  database.inTenant(tenantId, (tx) => appendAudit(tx, actor, { action, outcome: 'success', reason: 'because' }));
const asIntruder = (sql: string) => asOwner(made.url, `SET session_replication_role = replica; ${sql}`);

test('[v5.0.0-V16.4.2] twenty writers at once leave one contiguous chain, and a change as superuser is named', async () => {
  for (let round = 0; round < 5; round += 1) await Promise.all([0, 1, 2, 3].map((n) => write(`act_${round * 4 + n}`)));
  expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: true, entries: 20 });
  await asIntruder("UPDATE audit_entries SET reason = 'something else' WHERE seq = 7");
  expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: false, firstBadSeq: 7 });
  await asIntruder(
    "UPDATE audit_entries SET reason = 'because' WHERE seq = 7; CREATE TABLE kept AS SELECT * FROM audit_entries WHERE seq = 11; DELETE FROM audit_entries WHERE seq = 11",
  );
  expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: false, firstBadSeq: 11 });
  await asIntruder('INSERT INTO audit_entries SELECT * FROM kept; DROP TABLE kept');
  expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: true });
});

describe('signed checkpoints', () => {
  test('are made once a head, even by several at once, and a cut tail is missed by them', async () => {
    const made = await Promise.all([1, 2, 3].map(() => writeCheckpoint(database, tenantId)));
    expect(new Set(made.map((one) => one?.jws)).size).toBe(1);
    expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: true, checkpoints: 1 });
    await asIntruder(
      'CREATE TABLE kept AS SELECT * FROM audit_entries WHERE seq = 20; DELETE FROM audit_entries WHERE seq = 20',
    );
    expect(await verifyAudit(database, tenantId)).toMatchObject({
      ok: false,
      entries: 19,
      problem: expect.stringContaining('cut'),
    });
    await asIntruder('INSERT INTO audit_entries SELECT * FROM kept; DROP TABLE kept');
  });

  test('cannot be changed or taken away by the app, nor made of what the chain does not say', async () => {
    const app = (sql: string) => database.inTenant(tenantId, (tx) => tx.$executeRawUnsafe(sql));
    await expect(app("UPDATE audit_checkpoints SET jws = 'x'")).rejects.toThrow();
    await expect(app('DELETE FROM audit_checkpoints')).rejects.toThrow();
    await expect(
      app(
        `INSERT INTO audit_checkpoints (tenant_id, seq, hash, kid, jws) VALUES ('${tenantId}', 5, '\\x00', 'k', 'j')`,
      ),
    ).rejects.toThrow(/does not say this/);
  });

  test('a forged one is named', async () => {
    const [kept] = await asOwner<{ jws: string }>(made.url, 'SELECT jws FROM audit_checkpoints');
    const forged = `${kept?.jws.split('.').slice(0, 2).join('.')}.${'A'.repeat(512)}`;
    await asIntruder(`UPDATE audit_checkpoints SET jws = '${forged}'`);
    expect(await verifyAudit(database, tenantId)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('signature'),
    });
    await asIntruder(`UPDATE audit_checkpoints SET jws = '${kept?.jws}'`);
  });
});

describe('a bundle', () => {
  async function issued(): Promise<{ file: string; lines: string[] }> {
    const file = path.join(folder, 'bundle.ndjson');
    let text = '';
    for await (const piece of auditBundle(database, actor)) text += piece;
    writeFileSync(file, text);
    return { file, lines: text.split('\n').filter(Boolean) };
  }
  const edited = async (lines: readonly string[]) => {
    const file = path.join(folder, 'edited.ndjson');
    writeFileSync(file, `${lines.join('\n')}\n`);
    return verifyBundle(file, null);
  };

  test('verifies without a database, by its own keys or by keys one trusts', async () => {
    const { file } = await issued();
    expect(await verifyBundle(file, null)).toMatchObject({ ok: true, checkpoints: 2, keyWasPinned: false });
    const keys = await ownKeySet(database, tenantId);
    expect(await verifyBundle(file, keys)).toMatchObject({ ok: true, keyWasPinned: true });
    expect(await verifyBundle(file, { keys: [] })).toMatchObject({ ok: false });
    expect(readFileSync(file, 'utf8')).toContain('audit_bundle_issued');
  });

  test('every way of editing it is found', async () => {
    const { lines } = await issued();
    const at = (seq: number) => lines.findIndex((line) => line.startsWith(`{"seq":${seq},`));
    const isCheckpoint = (line: string) => line.startsWith('{"checkpoint"');
    const damaged: [string, string[]][] = [
      ['a word', lines.map((line, index) => (index === at(3) ? line.replace('because', 'becauze') : line))],
      ['an entry gone', lines.filter((_, index) => index !== at(4))],
      [
        'two swapped',
        lines.map((line, index) =>
          index === at(5) ? (lines[at(6)] ?? '') : index === at(6) ? (lines[at(5)] ?? '') : line,
        ),
      ],
      ['the tail cut', lines.slice(0, at(8))],
      ['the tail cut, the end mended', [...lines.slice(0, at(8)), '{"end":{"entries":7},"jwks":{"keys":[]}}']],
      ['the checkpoints gone', lines.filter((line) => !isCheckpoint(line))],
      ['something behind the end', [...lines, '{"checkpoint":"x"}']],
      ['a stray line', [...lines.slice(0, 3), 'hello', ...lines.slice(3)]],
      [
        'another tenant',
        [lines[0]?.replace(tenantId, '01900000-0000-7000-8000-000000000002') ?? '', ...lines.slice(1)],
      ],
      ['no bundle', ['{"type":"gatehouse-receipt"}']],
    ];
    for (const [what, changed] of damaged)
      expect(await edited(changed), what).toMatchObject({ ok: false, problem: expect.any(String) });
    expect(await edited(lines)).toMatchObject({ ok: true });
  });
});
