import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { propose } from '#lib/approvals/submit.ts';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { openTestDesk, type Person, provider, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';

const fixture = path.resolve(import.meta.dirname, 'run-worker.fixture.ts');
const alive = new Set<string>();
const ended: string[] = [];
let hold: ((id: string) => Promise<void>) | null = null;
const double: Server = createServer(async (request, response) => {
  const id = request.url?.split('/').at(-1) ?? '';
  if (request.method === 'GET') return response.writeHead(alive.has(id) ? 200 : 404).end();
  ended.push(id);
  const was = alive.delete(id);
  await hold?.(id);
  response.writeHead(was ? 204 : 404).end();
});
let desk: TestDesk;
let ada: Person;
const workers = new Set<ChildProcess>();
beforeAll(async () => {
  desk = await openTestDesk();
  ada = await desk.operator('ada@example.org', 'analyst');
  await new Promise<void>((resolve) => double.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  hold = null;
  for (const worker of workers) worker.kill('SIGKILL');
  workers.clear();
});
afterAll(async () => {
  double.closeAllConnections();
  double.close();
  await desk.close();
});

function startWorker(failpoint?: string): { worker: ChildProcess; gone: Promise<string | null> } {
  const address = `http://127.0.0.1:${(double.address() as AddressInfo).port}`;
  const worker = spawn(process.execPath, [fixture, desk.url, tenantId, address], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...(failpoint ? { APP_FAILPOINTS: '1', FAILPOINTS: `${failpoint}:kill` } : {}),
    },
  });
  workers.add(worker);
  return { worker, gone: new Promise((resolve) => worker.once('exit', (_, signal) => resolve(signal))) };
}

/** Orders the end of some sessions of one person, which one operator may do alone. */
async function ordered(count: number): Promise<{ runId: string; sources: string[] }> {
  const sessions = await desk.sessions(count, `person-${ended.length}-${count}-${Math.random()}`);
  for (const { source } of sessions) alive.add(source);
  const [row] = await desk.sql<{ person_id: string }>('SELECT person_id FROM sessions WHERE id = $1', [
    sessions[0]?.id,
  ]);
  const { runId } = await desk.database.inTenant(tenantId, (tx) =>
    propose(tx, ada.actor, {
      kind: 'revoke-sessions',
      reason: 'a test of crashes',
      targets: sessions.map(({ id, source }) => ({
        type: 'session',
        id,
        personId: row?.person_id ?? null,
        providerId: provider.id,
        reference: source,
        label: source,
      })),
    }),
  );
  return { runId: runId ?? '', sources: sessions.map(({ source }) => source) };
}

/** What a lease's end brings about, without waiting for it: 30 s have passed. */
const thirtySecondsPass = () =>
  desk.sql(
    "UPDATE run_items SET lease_until = now() - interval '1 s' WHERE finished_at IS NULL AND lease_until IS NOT NULL",
  );

async function untilDone(runId: string): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await desk.sql('SELECT state FROM runs WHERE id = $1', [runId])).toEqual([{ state: 'done' }]);
    },
    { timeout: 60_000, interval: 100 },
  );
}

async function expectExact(runId: string, sources: readonly string[]): Promise<void> {
  expect(await desk.sql('SELECT state, items FROM run_tallies WHERE run_id = $1 AND items <> 0', [runId])).toEqual([
    { state: 'verified', items: sources.length },
  ]);
  for (const source of sources) expect(alive.has(source)).toBe(false);
  // Every attempt at the provider stands in the ledger, and no step is missing or written twice.
  const [steps] = await desk.sql<{ attempts: number; gaps: number }>(
    `SELECT count(*) FILTER (WHERE s.state = 'sending')::int AS attempts,
      (SELECT count(*)::int FROM run_items i WHERE i.run_id = $1 AND i.steps <> (SELECT count(*) FROM run_item_steps t WHERE t.run_id = i.run_id AND t.position = i.position)) AS gaps
    FROM run_item_steps s WHERE s.run_id = $1`,
    [runId],
  );
  const asked = ended.filter((id) => sources.includes(id)).length;
  expect(asked).toBeGreaterThanOrEqual(sources.length);
  expect(steps?.attempts).toBeGreaterThanOrEqual(asked);
  expect(steps?.gaps).toBe(0);
  // The store heard of each end once.
  expect(
    await desk.sql('SELECT count(*)::int AS n FROM events WHERE source_event_id LIKE $1', [`gatehouse:run:${runId}:%`]),
  ).toEqual([{ n: sources.length }]);
  expect(
    await desk.sql(
      "SELECT count(*)::int AS n FROM sessions WHERE source_session_id = ANY($1) AND end_reason = 'revoked'",
      [sources],
    ),
  ).toEqual([{ n: sources.length }]);
  expect(
    await desk.sql("SELECT count(*)::int AS n FROM audit_entries WHERE target_id = $1 AND action = 'run_finished'", [
      runId,
    ]),
  ).toEqual([{ n: 1 }]);
}

describe('[v5.0.0-V2.3.3] kill -9 of the worker at every step of the ledger', () => {
  test.each([
    'run.before_start_commit',
    'run.after_sending',
    'run.after_provider_ok',
    'run.after_confirmed',
    'run.after_look',
    'run.before_finish_commit',
  ])(
    '%s: the next worker brings it to exact counts',
    async (failpoint) => {
      const { runId, sources } = await ordered(12);
      const { gone } = startWorker(failpoint);
      expect(await gone).toBe('SIGKILL');
      await thirtySecondsPass();
      startWorker();
      await untilDone(runId);
      await expectExact(runId, sources);
    },
    120_000,
  );

  test('a worker stopped in the middle of a call and continued later writes nothing late', async () => {
    const { runId, sources } = await ordered(8);
    let held = 0;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    hold = async () => {
      held += 1;
      await released;
    };
    const first = startWorker();
    await vi.waitFor(() => expect(held).toBeGreaterThanOrEqual(4), { timeout: 30_000, interval: 20 });
    first.worker.kill('SIGSTOP');
    hold = null;
    await thirtySecondsPass();
    startWorker();
    await untilDone(runId);
    const before = await desk.sql('SELECT count(*)::int AS n FROM run_item_steps WHERE run_id = $1', [runId]);
    first.worker.kill('SIGCONT');
    release();
    first.worker.kill('SIGTERM');
    await first.gone;
    expect(await desk.sql('SELECT count(*)::int AS n FROM run_item_steps WHERE run_id = $1', [runId])).toEqual(before);
    await expectExact(runId, sources);
  }, 120_000);

  test('four workers at one run: one winner an item, every session asked about once', async () => {
    const { runId, sources } = await ordered(25);
    const many = Array.from({ length: 4 }, () => startWorker());
    await untilDone(runId);
    await expectExact(runId, sources);
    expect(ended.filter((id) => sources.includes(id)).sort()).toEqual([...sources].sort());
    for (const { worker, gone } of many) {
      worker.kill('SIGTERM');
      expect(await gone).toBe(null);
    }
  }, 120_000);

  test('the chain of the audit holds through all of it', async () => {
    expect(await verifyAudit(desk.database, tenantId)).toMatchObject({ ok: true });
  });
});
