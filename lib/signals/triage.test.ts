import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { assignSignal } from '#lib/signals/assign-signal.ts';
import { decideSignal } from '#lib/signals/decide-signal.ts';
import { countSignalViews, listSignals } from '#lib/signals/list-signals.ts';
import { raiseSignals } from '#lib/signals/raise-signals.ts';
import { readSignal } from '#lib/signals/read-signal.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const personId = '01900000-0000-7000-8000-0000000000a1';
const analyst = (id: string): Actor => ({
  type: 'operator',
  id: `01900000-0000-7000-8000-0000000000${id}`,
  label: `Analyst ${id}`,
  tenantId,
  permissions: new Set(['signals:read', 'signals:write']),
  ip: null,
  requestId: null,
});
const [one, two] = [analyst('b1'), analyst('b2')];
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let ids: string[];

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 4, statementTimeoutMs: 10_000 });
  const at = new Date('2026-11-20T08:00:00Z');
  await database.inTenant(tenantId, (tx) =>
    raiseSignals(
      tx,
      tenantId,
      (['low', 'medium', 'critical'] as const).map((severity, position) => ({
        detector: 'test',
        key: `test:${severity}`,
        severity,
        title: `A ${severity} one`,
        summary: 'For a test.',
        personId: position < 2 ? personId : null,
        sessionId: null,
        ip: '192.0.2.7',
        firstAt: at,
        lastAt: new Date(at.getTime() + position * 60_000),
        events: [],
        explanations: [],
        evidence: {},
      })),
    ),
  );
  ids = (await list([])).map(({ id }) => id);
});
afterAll(async () => {
  await database.close();
  await made.close();
});

const list = async (conditions: Parameters<typeof listSignals>[2]['conditions'], viewer = one.id) =>
  (
    await database.inTenant(tenantId, (tx) =>
      listSignals(tx, tenantId, { conditions, cursor: null, limit: 50 }, viewer),
    )
  ).rows;
const decide = (actor: Actor, signalId: string, from: string, to: string, reason = '') =>
  execute(database, decideSignal, actor, { signalId, from, to, reason });

test('of two who take the same signal at once one gets it, and "mine" means the one who looks', async () => {
  const signalId = ids[0] ?? '';
  const taken = await Promise.allSettled(
    [one, two].map((actor) => execute(database, assignSignal, actor, { signalId, from: null, to: 'me' })),
  );
  expect(taken.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const winner = taken[0]?.status === 'fulfilled' ? one : two;
  const loser = winner === one ? two : one;
  const assignee = (value: string) => [{ field: 'assignee', op: 'is' as const, value: [value] }];
  expect((await list(assignee('me'), winner.id)).map(({ id }) => id)).toEqual([signalId]);
  expect(await list(assignee('me'), loser.id)).toEqual([]);
  expect((await list(assignee('others'), loser.id)).map(({ id }) => id)).toEqual([signalId]);
  expect(await list(assignee('nobody'), loser.id)).toHaveLength(2);
  const token: Actor = { ...one, type: 'token' };
  await expect(execute(database, assignSignal, token, { signalId, from: winner.id, to: 'me' })).rejects.toMatchObject({
    code: 'forbidden',
  });
  const entries = await asOwner(made.url, `SELECT 1 FROM audit_entries WHERE action = 'signal_assigned'`);
  expect(entries).toHaveLength(1);
});

test('a decision can be taken back to where the signal stood, and only from where it was seen', async () => {
  const signalId = ids[1] ?? '';
  await decide(one, signalId, 'open', 'acknowledged');
  await decide(one, signalId, 'acknowledged', 'dismissed', 'a test');
  await expect(decide(two, signalId, 'acknowledged', 'confirmed_safe', 'known')).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(decide(two, signalId, 'dismissed', 'confirmed_safe', 'known')).rejects.toMatchObject({
    code: 'conflict',
  });
  await decide(one, signalId, 'dismissed', 'acknowledged');
  const reading = await database.inTenant(tenantId, (tx) => readSignal(tx, tenantId, signalId));
  expect(reading?.signal).toMatchObject({ state: 'acknowledged', decision: null, decidedBy: null });
  expect(reading?.related.map(({ shares }) => shares).sort()).toEqual(['address', 'person']);
});

test('severity can be asked for from a level on, and the views count what they lead to', async () => {
  expect((await list([{ field: 'severity', op: 'min', value: ['medium'] }])).map(({ severity }) => severity)).toEqual([
    'critical',
    'medium',
  ]);
  expect(await list([{ field: 'severity', op: 'is', value: ['low'] }])).toHaveLength(1);
  const counts = await database.inTenant(tenantId, (tx) => countSignalViews(tx, two));
  expect(counts.open).toBe(3);
  expect(counts.stale).toBe(2);
});
