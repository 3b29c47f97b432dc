import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { controlRun } from '#lib/execution/control-run.ts';
import type { Effects } from '#lib/execution/effect.ts';
import { claimItems, moveItems } from '#lib/execution/item-ledger.ts';
import { itemRunner } from '#lib/execution/run-due-items.ts';
import { scriptedProvider } from '#lib/execution/scripted-provider.ts';
import { settleRuns } from '#lib/execution/settle-runs.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { openTestDesk, type Person, provider, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { execute } from '#lib/kernel/command.ts';
import { effects as allEffects } from '#lib/pipeline.ts';
import { endingSessions, endSessionEffect } from '#lib/revocation/end-session-effect.ts';
import { orderRevocation } from '#lib/revocation/order-revocation.ts';
import { revocationOfSession } from '#lib/revocation/revocation-of-session.ts';

const double = scriptedProvider();
const effects: Effects = {
  ...allEffects,
  'revoke-sessions': { ...endSessionEffect, open: async () => endingSessions(double.capabilities) },
};
let desk: TestDesk;
let ada: Person;
beforeAll(async () => {
  desk = await openTestDesk();
  ada = await desk.operator('ada@example.org', 'analyst');
});
afterAll(() => desk.close());
beforeEach(() => double.reset());

const signal = new AbortController().signal;
const order = (sessionId: string, who = ada) =>
  execute(
    desk.database,
    orderRevocation(() => true),
    who.actor,
    { sessionId, reason: 'stolen laptop' },
  );
async function live(count = 1) {
  const sessions = await desk.sessions(count);
  for (const { source } of sessions) double.alive.add(source);
  return sessions;
}
async function one() {
  const [session] = await live();
  if (!session) throw new Error('no session was made');
  return session;
}
/** Runs what is due, with waiting times and leases taken away, until nothing is left. */
async function drain(): Promise<void> {
  await startRuns(desk.database, tenantId);
  for (let round = 0; round < 40; round += 1) {
    await desk.sql(
      "UPDATE run_items SET next_attempt_at = now() - interval '1 s', lease_until = NULL WHERE finished_at IS NULL",
    );
    // A runner of its own each time: its gates know nothing of rest.
    const runner = itemRunner(desk.database, effects);
    const done = await runner.work(tenantId, signal);
    await runner.settle();
    await settleRuns(desk.database, tenantId, effects);
    if (done === 0) return;
  }
}
const revocation = (sessionId: string) =>
  desk.database.inTenant(tenantId, (tx) => revocationOfSession(tx, tenantId, sessionId));
const ledger = async (sessionId: string) => (await revocation(sessionId))?.steps.map(({ state }) => state);
const audited = async (sessionId: string) =>
  (
    await desk.sql<{ action: string }>('SELECT action FROM audit_entries WHERE target_id = $1 ORDER BY seq', [
      sessionId,
    ])
  ).map(({ action }) => action);

describe('revoking one session', () => {
  test('is verified only after the provider confirmed and a later look found it gone', async () => {
    const session = await one();
    await order(session.id);
    await drain();
    expect(await ledger(session.id)).toEqual(['planned', 'sending', 'confirmed', 'verified']);
    expect(double.asked).toEqual([session.source]);
    expect(await desk.sql('SELECT end_reason FROM sessions WHERE id = $1', [session.id])).toEqual([
      { end_reason: 'revoked' },
    ]);
    expect(await audited(session.id)).toEqual(['session_revocation_ordered', 'session_revoked']);
    expect(await verifyAudit(desk.database, tenantId)).toMatchObject({ ok: true });
  });

  test('[v5.0.0-V16.5.2] a provider that says 204 and keeps the session is failed, never revoked', async () => {
    const session = await one();
    double.behave(() => 'lies');
    await order(session.id);
    await drain();
    expect(await revocation(session.id)).toMatchObject({ state: 'failed', error: expect.stringContaining('was not') });
    expect(await ledger(session.id)).not.toContain('verified');
    expect(double.asked).toHaveLength(3);
    expect(await desk.sql('SELECT ended_at FROM sessions WHERE id = $1', [session.id])).toEqual([{ ended_at: null }]);
    expect(await audited(session.id)).toEqual(['session_revocation_ordered', 'session_revocation_failed']);
  });

  test('a session the provider no longer knows is done', async () => {
    const session = await one();
    double.alive.clear();
    await order(session.id);
    await drain();
    expect(await revocation(session.id)).toMatchObject({ state: 'verified' });
  });

  test('an unclear answer is looked at before the provider is asked again', async () => {
    const session = await one();
    double.behave(() => 'unclear');
    await order(session.id);
    await drain();
    expect(await ledger(session.id)).toEqual(['planned', 'sending', 'unknown', 'sending', 'confirmed', 'verified']);
    expect(double.asked).toHaveLength(1);
  });

  test('rights that are missing at the provider are not tried again; the failed item alone can be, by a person', async () => {
    const session = await one();
    double.behave(() => 'refuses');
    const { runId } = await order(session.id);
    await drain();
    expect(await revocation(session.id)).toMatchObject({ state: 'failed', attempts: 1 });
    double.behave(() => 'well');
    expect(await controlRun(desk.database, ada.actor, 'retry-failed', { id: runId ?? '' })).toMatchObject({ items: 1 });
    await drain();
    expect(await ledger(session.id)).toEqual([
      ...['planned', 'sending', 'failed'],
      ...['planned', 'sending', 'confirmed', 'verified'],
    ]);
  });

  test('a double click makes one item', async () => {
    const session = await one();
    const answers = await Promise.allSettled([order(session.id), order(session.id), order(session.id)]);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await drain();
    expect(double.asked).toEqual([session.source]);
  });

  test('[v5.0.0-V8.3.3] who ordered it must still be allowed to when it starts', async () => {
    const session = await one();
    await order(session.id);
    await desk.sql('UPDATE operators SET disabled_at = now() WHERE id = $1', [ada.actor.id]);
    await drain();
    await desk.sql('UPDATE operators SET disabled_at = NULL WHERE id = $1', [ada.actor.id]);
    expect(await revocation(session.id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('may not do so any more'),
    });
    expect(double.asked).toEqual([]);
  });

  test('a provider Gatehouse cannot act at is refused with a plain word; nobody orders without the permission or a fresh passkey', async () => {
    const session = await one();
    const input = { sessionId: session.id, reason: 'stolen laptop' };
    await expect(
      execute(
        desk.database,
        orderRevocation(() => false),
        ada.actor,
        input,
      ),
    ).rejects.toThrow(/cannot end sessions there/);
    await expect(order('01900000-0000-7000-8000-00000000abcd')).rejects.toThrow(/no such session/i);
    await expect(order(session.id, { ...ada, actor: { ...ada.actor, permissions: new Set() } })).rejects.toThrow(
      /permission/,
    );
    await expect(order(session.id, { ...ada, actor: { ...ada.actor, passkeyProofAgeSeconds: 301 } })).rejects.toThrow(
      /passkey/,
    );
  });

  test('what a token asks for waits for a person', async () => {
    const session = await one();
    const token = { ...ada.actor, type: 'token' as const, id: '01900000-0000-7000-8000-00000000beef', label: 'soar' };
    expect(await order(session.id, { ...ada, actor: token })).toMatchObject({ state: 'pending', runId: null });
    await drain();
    expect(double.asked).toEqual([]);
  });
});

describe('leases and the ledger', () => {
  test('a worker that lost its lease cannot write, and asks nobody', async () => {
    const session = await one();
    const { runId } = await order(session.id);
    await startRuns(desk.database, tenantId);
    const lane = { runId: runId ?? '', lane: provider.id };
    const claim = () => desk.database.inTenant(tenantId, (tx) => claimItems(tx, tenantId, lane, 5));
    const [held] = await claim();
    if (!held) throw new Error('nothing was claimed');
    expect(await claim()).toEqual([]);
    await desk.sql('UPDATE run_items SET lease_until = NULL WHERE run_id = $1', [runId]);
    const [taken] = await claim();
    expect(taken).toMatchObject({ was: 'sending', leaseToken: held.leaseToken + 1 });
    const late = { item: held, to: 'confirmed' as const, detail: 'late' };
    expect(await desk.database.inTenant(tenantId, (tx) => moveItems(tx, tenantId, [late]))).toEqual(new Set());
    await drain();
    expect(await revocation(session.id)).toMatchObject({ state: 'verified' });
    expect(await ledger(session.id)).toContain('unknown');
  });

  test('[v5.0.0-V2.3.1] the database refuses a step out of order, another target, a target that joins later, a rewritten ledger', async () => {
    const session = await one();
    const { runId, proposalId } = await order(session.id);
    await startRuns(desk.database, tenantId);
    const refused = (sql: string, values: unknown[]) => expect(desk.sql(sql, values)).rejects;
    await refused("UPDATE run_items SET state = 'verified', finished_at = now() WHERE run_id = $1", [runId]).toThrow(
      /cannot go from planned to verified/,
    );
    await refused('UPDATE run_items SET position = 2 WHERE run_id = $1', [runId]).toThrow(/frozen set/);
    await refused(
      `INSERT INTO run_items (tenant_id, run_id, position, lane, state, next_attempt_at) VALUES ('${tenantId}', $1, 2, '${provider.id}', 'planned', now())`,
      [runId],
    ).toThrow(/frozen set/);
    await refused(
      `INSERT INTO proposal_targets (tenant_id, proposal_id, position, target_type, target_id, reference, label)
      VALUES ('${tenantId}', $1, 2, 'session', gen_random_uuid(), 'x', 'x')`,
      [proposalId],
    ).toThrow(/frozen/);
    await refused("UPDATE proposals SET reason = 'another' WHERE id = $1", [proposalId]).toThrow(/fixed/);
    await refused("UPDATE proposals SET state = 'pending' WHERE id = $1", [proposalId]).toThrow(/cannot go/);
    await drain();
    await refused("UPDATE run_item_steps SET state = 'failed' WHERE run_id = $1", [runId]).toThrow(/append-only/);
    expect(await revocation(session.id)).toMatchObject({ state: 'verified' });
  });
});

describe('a provider in trouble', () => {
  test('500 and 429 are waited for and end well', async () => {
    const session = await one();
    double.behave((_, call) => (['breaks', 'busy'] as const)[call - 1] ?? 'well');
    await order(session.id);
    await drain();
    expect(await revocation(session.id)).toMatchObject({ state: 'verified' });
    expect(await ledger(session.id)).toEqual([
      ...['planned', 'sending', 'unknown', 'sending', 'unknown', 'sending', 'confirmed', 'verified'],
    ]);
  });
});

test('what is proved first in a month finds a place in the store', async () => {
  const session = await one();
  await order(session.id);
  const months = await desk.sql<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'events'::regclass",
  );
  for (const { name } of months) await desk.sql(`DROP TABLE ${name}`);
  await drain();
  expect(await revocation(session.id)).toMatchObject({ state: 'verified' });
});
