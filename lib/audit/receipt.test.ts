import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approveProposal } from '#lib/approvals/decide.ts';
import { signingOptions } from '#lib/approvals/signature.ts';
import { propose } from '#lib/approvals/submit.ts';
import { issueReceipt } from '#lib/audit/receipt.ts';
import { verifyReceipt } from '#lib/audit/verify-receipt.ts';
import type { Effects } from '#lib/execution/effect.ts';
import { itemRunner } from '#lib/execution/run-due-items.ts';
import { scriptedProvider } from '#lib/execution/scripted-provider.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { openTestDesk, type Person, provider, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { effects as allEffects } from '#lib/pipeline.ts';
import { endingSessions, endSessionEffect } from '#lib/revocation/end-session-effect.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-receipt-'));
const double = scriptedProvider();
const effects: Effects = {
  ...allEffects,
  'revoke-sessions': { ...endSessionEffect, open: async () => endingSessions(double.capabilities) },
};
let desk: TestDesk;
let ada: Person;
let grace: Person;
let file: string;
beforeAll(async () => {
  process.env.GATEHOUSE_KEK = Buffer.alloc(32, 7).toString('base64');
  desk = await openTestDesk();
  ada = await desk.operator('ada@example.org', 'incident-commander');
  grace = await desk.operator('grace@example.org', 'incident-commander');
  file = await receiptOf(40);
});
afterAll(async () => {
  await desk.close();
  rmSync(folder, { recursive: true, force: true });
});

async function receiptOf(count: number): Promise<string> {
  const sessions = await desk.sessions(count);
  for (const { source } of sessions) double.alive.add(source);
  const targets = sessions.map(({ id, source }) => ({
    type: 'session',
    id,
    personId: null,
    providerId: provider.id,
    reference: source,
    label: `Ünïcode "${source}"\n\u007f\u2028`,
  }));
  const { id } = await desk.database.inTenant(tenantId, (tx) =>
    propose(tx, ada.actor, { kind: 'revoke-sessions', reason: 'an incident', targets }),
  );
  const row = await desk.database.inTenant(tenantId, (tx) =>
    tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } }),
  );
  const digest = Buffer.from(row.payloadDigest ?? []);
  const options = await signingOptions(
    desk.database,
    { operatorId: grace.actor.id, sessionId: grace.sessionId },
    { id, kind: row.kind, nonce: row.nonce, payloadDigest: digest },
  );
  const assertion = grace.passkey.sign(options);
  const input = { id, digest: digest.toString('hex'), assertion };
  const { runId } = await approveProposal(desk.database, grace.actor, grace.sessionId, input);
  await startRuns(desk.database, tenantId);
  await expect(async () => {
    for await (const _ of issueReceipt(desk.database, ada.actor, runId ?? '')) break;
  }).rejects.toThrow(/has not ended yet/);
  const runner = itemRunner(desk.database, effects);
  await runner.work(tenantId, new AbortController().signal);
  await runner.settle();
  let text = '';
  for await (const piece of issueReceipt(desk.database, ada.actor, runId ?? '')) text += piece;
  const at = path.join(folder, `${runId}.json`);
  writeFileSync(at, text);
  return at;
}

/** The receipt with one thing changed, as somebody with an editor would. */
function changed(change: (text: string) => string): string {
  const at = path.join(folder, 'changed.json');
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(at, after);
  return at;
}

describe('a receipt', () => {
  test('holds with no database, and says who signed and how each item ended', async () => {
    expect(await verifyReceipt(file, null)).toMatchObject({
      ok: true,
      problems: [],
      run: { kind: 'revoke-sessions', state: 'done' },
      items: { verified: 40 },
      signedBy: ['grace@example.org (approved)'],
      keyWasPinned: false,
    });
    const { jwks } = JSON.parse(readFileSync(file, 'utf8'));
    expect(await verifyReceipt(file, jwks)).toMatchObject({ ok: true, keyWasPinned: true });
    // Written anew by another program it still holds: the digests are over values, not over spaces.
    expect(
      await verifyReceipt(
        changed((text) => JSON.stringify(JSON.parse(text), null, 2)),
        null,
      ),
    ).toMatchObject({ ok: true });
  });

  test.each([
    [
      'an item’s end',
      (text: string) => text.replace('"state":"verified"', '"state":"failed"'),
      /ledger ends at verified/,
    ],
    [
      'a step of a ledger',
      (text: string) => text.replace('"verified",1,', '"verified",2,'),
      /not those that were signed/,
    ],
    ['a target', (text: string) => text.replace('"reference":"session-3"', '"reference":"session-4"'), /targets/],
    ['an item taken away', (text: string) => text.replace(/\n\{"position":7,.*\n/, '\n'), /missing|out of order/],
    [
      'the signature of the issuer',
      (text: string) => text.replace(/("jws":"[^"]+\.[^"]{40})(.)/, (_, a, b) => `${a}${b === 'A' ? 'B' : 'A'}`),
      /issuer’s signature/,
    ],
    [
      'another issuer’s key',
      (text: string) => text.replace(/"n":"(.)/, (_, a) => `"n":"${a === 'x' ? 'y' : 'x'}`),
      /issuer’s signature/,
    ],
    [
      'the address of the key set',
      (text: string) => text.replace(/"jwksUri":"http/, '"jwksUri":"ittp'),
      /key set it points to/,
    ],
    ['the name of the key', (text: string) => text.replace(/("kid":")(.)/, (_, a) => `${a}_`), /key it names/],
  ])('does not hold with %s changed', async (_, change, words) => {
    const verdict = await verifyReceipt(changed(change), null);
    expect(verdict.ok).toBe(false);
    expect(verdict.problems.join('\n')).toMatch(words);
  });

  test('does not hold with any one byte of what follows the items changed', async () => {
    const whole = readFileSync(file);
    const at = path.join(folder, 'one-byte.json');
    // The line break at the very end says nothing.
    for (let index = whole.indexOf('"signed"'); index < whole.length - 1; index += 1) {
      const bytes = Buffer.from(whole);
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      writeFileSync(at, bytes);
      const verdict = await verifyReceipt(at, null).catch(() => null);
      expect(verdict?.ok ?? false, `byte ${index}: ${whole.subarray(index - 20, index + 10)}`).toBe(false);
    }
  }, 120_000);

  test('a cut file and a file that is no receipt are named as such', async () => {
    await expect(
      verifyReceipt(
        changed((text) => text.slice(0, 2_000)),
        null,
      ),
    ).rejects.toThrow(/cannot be read|was cut/);
    await expect(
      verifyReceipt(
        changed(() => '{"type":"something else"}'),
        null,
      ),
    ).rejects.toThrow(/no receipt/);
  });
});
