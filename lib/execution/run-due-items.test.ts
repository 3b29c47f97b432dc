import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { claimItems, LeaseLost, moveItem } from '#lib/execution/item-ledger.ts';
import { runDueItems } from '#lib/execution/run-due-items.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { newId, stableId } from '#lib/kernel/ids.ts';
import { permissionsOf } from '#lib/model/permissions.ts';
import { type Capabilities, ProviderCallFailed } from '#lib/providers/definition.ts';
import { ocsf } from '#lib/providers/ocsf/ocsf.ts';
import { endSessionEffect } from '#lib/revocation/end-session-effect.ts';
import { orderRevocation } from '#lib/revocation/order-revocation.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const operatorId = newId();
const provider = { id: stableId('provider', tenantId, 'desk'), slug: 'desk', kind: 'ocsf', issuer: 'urn:test' };
const actor: Actor = {
  type: 'operator',
  id: operatorId,
  label: 'Ada',
  tenantId,
  permissions: permissionsOf(['analyst']),
  ip: null,
  requestId: null,
};
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let alive: Set<string>;
let calls: string[];
let endSession: Capabilities['endSession'];

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 8, statementTimeoutMs: 10_000 });
  await asOwner(made.url, "INSERT INTO operators (id, email, display_name) VALUES ($1, 'ada@example.org', 'Ada')", [
    operatorId,
  ]);
  await asOwner(
    made.url,
    "INSERT INTO operator_roles (tenant_id, operator_id, role, granted_by) VALUES ($1, $2, 'analyst', 'test')",
    [tenantId, operatorId],
  );
  await database.inTenant(tenantId, (tx) => tx.provider.create({ data: { tenantId, ...provider, name: 'Desk' } }));
});
afterAll(async () => {
  await database.close();
  await made.close();
});
beforeEach(() => {
  alive = new Set();
  calls = [];
  endSession = async (id) => {
    calls.push(id);
    return alive.delete(id)
      ? { outcome: 'accepted', status: 204, detail: '' }
      : { outcome: 'gone', status: 404, detail: '' };
  };
});

const capabilities: Capabilities = {
  endSession: (id, signal) => endSession(id, signal),
  lookUpSession: async (id) => (alive.has(id) ? { sourceSessionId: id, alive: true, startedAt: null } : null),
  test: async () => ({ ok: true, detail: '' }),
};
const effect = { ...endSessionEffect, capabilities: async () => capabilities };
let serial = 0;

async function liveSession(): Promise<{ id: string; source: string }> {
  serial += 1;
  const source = `session-${serial}`;
  const record = {
    class_uid: 3002,
    activity_id: 1,
    status_id: 1,
    time: Date.now(),
    metadata: { uid: source },
    user: { uid: 'u' },
    session: { uid: source },
  };
  await appendRecords(
    { database, tenantId, provider, definition: ocsf, findPlace: () => nowhere, receivedAt: new Date() },
    splitRecords(Buffer.from(JSON.stringify(record))),
  );
  alive.add(source);
  return { id: stableId('session', tenantId, provider.id, source), source };
}
const order = (sessionId: string) =>
  execute(
    database,
    orderRevocation(() => true),
    actor,
    { sessionId, reason: 'stolen laptop' },
  );
/** Runs what is due, with waiting times and leases taken away, until nothing is left. */
async function drain(): Promise<void> {
  for (let round = 0; round < 40; round += 1) {
    await asOwner(
      made.url,
      'UPDATE run_items SET next_attempt_at = now() - interval $$1 s$$, lease_until = NULL WHERE finished_at IS NULL',
    );
    if ((await runDueItems({ database, tenantId, effect, signal: new AbortController().signal })) === 0) return;
  }
}
const item = async (sessionId: string) =>
  (
    await asOwner<{ state: string; attempts: number; error: string | null }>(
      made.url,
      'SELECT state, attempts, error FROM run_items WHERE session_id = $1',
      [sessionId],
    )
  )[0];
const ledger = async (sessionId: string) =>
  (
    await asOwner<{ state: string }>(
      made.url,
      'SELECT s.state FROM run_item_steps s JOIN run_items i ON i.id = s.item_id WHERE i.session_id = $1 ORDER BY s.seq',
      [sessionId],
    )
  ).map(({ state }) => state);

describe('revoking one session', () => {
  test('is verified only after the provider confirmed and a later look found it gone', async () => {
    const session = await liveSession();
    await order(session.id);
    await drain();
    expect(await ledger(session.id)).toEqual(['planned', 'sending', 'confirmed', 'verified']);
    expect(calls).toEqual([session.source]);
    expect(await asOwner(made.url, 'SELECT end_reason FROM sessions WHERE id = $1', [session.id])).toEqual([
      { end_reason: 'revoked' },
    ]);
    expect(
      await asOwner(made.url, 'SELECT action FROM audit_entries WHERE target_id = $1 ORDER BY seq', [session.id]),
    ).toEqual([{ action: 'session_revocation_ordered' }, { action: 'session_revoked' }]);
    expect(await verifyAudit(database, tenantId)).toMatchObject({ ok: true });
  });

  test('a provider that says 204 and keeps the session is failed, never revoked', async () => {
    const session = await liveSession();
    endSession = async () => ({ outcome: 'accepted', status: 204, detail: '' });
    await order(session.id);
    await drain();
    expect(await item(session.id)).toMatchObject({ state: 'failed', error: expect.stringContaining('still alive') });
    expect(await ledger(session.id)).not.toContain('verified');
    expect(await asOwner(made.url, 'SELECT ended_at FROM sessions WHERE id = $1', [session.id])).toEqual([
      { ended_at: null },
    ]);
  });

  test('a session the provider no longer knows is done', async () => {
    const session = await liveSession();
    alive.delete(session.source);
    await order(session.id);
    await drain();
    expect(await item(session.id)).toMatchObject({ state: 'verified' });
  });

  test('an unclear answer is looked at before the provider is asked again', async () => {
    const session = await liveSession();
    endSession = async (id) => {
      calls.push(id);
      alive.delete(id);
      throw new ProviderCallFailed('The provider did not answer within 5 s.', {
        ambiguous: true,
        retryable: true,
        status: null,
      });
    };
    await order(session.id);
    await drain();
    expect(await ledger(session.id)).toEqual(['planned', 'sending', 'unknown', 'sending', 'confirmed', 'verified']);
    expect(calls).toHaveLength(1);
  });

  test('rights that are missing at the provider are not tried again', async () => {
    const session = await liveSession();
    endSession = async () => {
      throw new ProviderCallFailed('The provider refused the credentials (401).', {
        ambiguous: false,
        retryable: false,
        status: 401,
      });
    };
    await order(session.id);
    await drain();
    expect(await item(session.id)).toMatchObject({ state: 'failed', attempts: 1 });
  });

  test('a double click makes one item', async () => {
    const session = await liveSession();
    const answers = await Promise.allSettled([order(session.id), order(session.id), order(session.id)]);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await asOwner(made.url, 'SELECT 1 FROM run_items WHERE session_id = $1', [session.id])).toHaveLength(1);
    await drain();
  });

  test('a worker that lost its lease cannot write', async () => {
    const session = await liveSession();
    await order(session.id);
    const [held] = await database.inTenant(tenantId, (tx) => claimItems(tx, tenantId, 1));
    if (!held) throw new Error('nothing was claimed');
    expect(await database.inTenant(tenantId, (tx) => claimItems(tx, tenantId, 1))).toEqual([]);
    await asOwner(made.url, 'UPDATE run_items SET lease_until = NULL WHERE id = $1', [held.id]);
    await database.inTenant(tenantId, (tx) => claimItems(tx, tenantId, 1));
    await expect(
      database.inTenant(tenantId, (tx) => moveItem(tx, tenantId, held, { to: 'sending', detail: 'late' })),
    ).rejects.toThrow(LeaseLost);
    await drain();
  });

  test('who ordered it must still be allowed to when it starts, and what was ordered must be unchanged', async () => {
    const demoted = await liveSession();
    await order(demoted.id);
    await asOwner(made.url, 'UPDATE operators SET disabled_at = now() WHERE id = $1', [operatorId]);
    await drain();
    await asOwner(made.url, 'UPDATE operators SET disabled_at = NULL WHERE id = $1', [operatorId]);
    expect(await item(demoted.id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('may not do so any more'),
    });
    const changed = await liveSession();
    await order(changed.id);
    await asOwner(
      made.url,
      "SET session_replication_role = replica; UPDATE proposals SET reason = 'another reason' WHERE id = (SELECT r.proposal_id FROM runs r JOIN run_items i ON i.run_id = r.id WHERE i.session_id = '" +
        changed.id +
        "')",
    );
    await drain();
    expect(await item(changed.id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('was changed afterwards'),
    });
    expect(calls).toEqual([]);
  });

  test('the database refuses a step out of order and an item outside the frozen set', async () => {
    const session = await liveSession();
    await order(session.id);
    await expect(
      asOwner(made.url, "UPDATE run_items SET state = 'verified' WHERE session_id = $1", [session.id]),
    ).rejects.toThrow(/cannot go from planned to verified/);
    const other = await liveSession();
    await expect(
      asOwner(made.url, 'UPDATE run_items SET session_id = $1 WHERE session_id = $2', [other.id, session.id]),
    ).rejects.toThrow(/frozen set/);
    await drain();
  });

  test('a provider Gatehouse cannot act at is refused with a plain word', async () => {
    const session = await liveSession();
    await expect(
      execute(
        database,
        orderRevocation(() => false),
        actor,
        { sessionId: session.id, reason: 'stolen laptop' },
      ),
    ).rejects.toThrow(/cannot end sessions there/);
    await expect(order('01900000-0000-7000-8000-00000000abcd')).rejects.toThrow(/no such session/i);
    await expect(
      execute(
        database,
        orderRevocation(() => true),
        { ...actor, permissions: new Set() },
        { sessionId: session.id, reason: 'because' },
      ),
    ).rejects.toThrow(/permission/);
  });
});
