import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { tenantId } from '#lib/execution/test-desk.ts';
import { stableId } from '#lib/kernel/ids.ts';
import { enterCode, takeAssertion } from '#lib/recovery/judge-proof.ts';
import { openRecoveryDesk, type RecoveryDesk } from '#lib/recovery/recovery-desk.fixture.ts';
import { showBindingCode } from '#lib/recovery/show-binding-code.ts';

let at: RecoveryDesk;
beforeAll(async () => {
  at = await openRecoveryDesk();
});
afterAll(() => at.close());

/** A process of its own, which a failpoint kills. Not a blocking spawn: provider and mailbox answer from this process. */
function start(args: readonly string[], failpoint?: string): Promise<string | null> {
  const worker = spawn(process.execPath, [path.join(import.meta.dirname, 'recovery-worker.fixture.ts'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      LOG_LEVEL: 'silent',
      ...(failpoint ? { APP_FAILPOINTS: '1', FAILPOINTS: `${failpoint}:kill` } : {}),
    },
  });
  return new Promise((resolve) => worker.once('exit', (_, signal) => resolve(signal)));
}
/** The leases of the dead run out. */
const thirtySecondsPass = () =>
  at.desk.sql('UPDATE run_items SET lease_until = NULL, next_attempt_at = clock_timestamp() WHERE finished_at IS NULL');
const count = async (sql: string, ...values: unknown[]) =>
  (await at.desk.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`, values))[0]?.n;

test('[v5.0.0-V2.3.3] kill -9 at every step of a recovery: each thing happens once, and it ends', async () => {
  const { desk } = at;
  const who = at.person(2);
  const one = await at.intake(who.email);
  const work = (question: string, failpoint?: string) => start(['work', tenantId, question], failpoint);
  const killedAt = async (failpoint: string) => {
    expect(await work('false', failpoint), failpoint).toBe('SIGKILL');
    await thirtySecondsPass();
  };
  const isCase = (state: string) => `SELECT state = '${state}' FROM recovery_cases WHERE id = '${one.id}'`;

  // Between the mail and its record: the same code comes once more, never another one, and it serves once.
  await at.ask(one.id, 'address-code');
  await killedAt('recovery.after_code_sent');
  expect(
    await work(`SELECT bool_and(sent_at IS NOT NULL) FROM recovery_proofs WHERE case_id = '${one.id}'`),
  ).toBeNull();
  const codes = at.sink.mails.flatMap(({ to, text }) =>
    to === who.email ? (/Your code is (\d{4} \d{4})/.exec(text)?.[1] ?? []) : [],
  );
  expect(codes).toHaveLength(2);
  expect(new Set(codes).size).toBe(1);
  await enterCode(desk.database, { secret: one.secret, code: codes[0] ?? '' });
  await at.ask(one.id, 'remaining-authenticator');
  await takeAssertion(desk.database, { secret: one.secret, assertion: await at.proveAuthenticator(one.id, 2) });

  // The run that begins the waiting time, killed at every step of its ledger.
  const { proposalId } = await at.propose(one.id);
  const [run] = await desk.sql<{ id: string }>('SELECT id FROM runs WHERE proposal_id = $1', [proposalId]);
  const runId = run?.id ?? '';
  for (const point of [
    'before_start_commit',
    'after_sending',
    'after_provider_ok',
    'after_confirmed',
    'after_look',
    'before_finish_commit',
  ])
    await killedAt(`run.${point}`);
  expect(await work(`SELECT state = 'done' FROM runs WHERE id = '${runId}'`)).toBeNull();
  expect(await at.caseState(one.id)).toBe('waiting');
  expect(await desk.sql('SELECT state, items FROM run_tallies WHERE run_id = $1 AND items <> 0', [runId])).toEqual([
    { state: 'verified', items: 1 },
  ]);
  expect(await count("recovery_notices WHERE case_id = $1 AND occasion = 'approved'", one.id)).toBe(1);
  expect(await count("audit_entries WHERE target_id = $1 AND action = 'run_finished'", runId)).toBe(1);

  // The web process dies after it promised a code and before the provider made one: nobody has it, and after a while there is another.
  const old = new Date(Date.now() - 3_600_000);
  await desk.database.inTenant(tenantId, (tx) =>
    tx.session.create({
      data: {
        tenantId,
        id: stableId('session', tenantId, at.provider.providerId, 'laptop'),
        providerId: at.provider.providerId,
        sourceSessionId: 'laptop',
        personId: who.id,
        startedAt: old,
        lastSeenAt: old,
        events: 1,
      },
    }),
  );
  await at.waited(one.id);
  expect(await start(['show', one.secret], 'recovery.after_code_sending')).toBe('SIGKILL');
  await expect(showBindingCode(desk.database, one.secret)).rejects.toMatchObject({ code: 'conflict' });
  await desk.sql(
    `SET session_replication_role = replica; UPDATE recovery_cases SET code_shown_at = code_shown_at - interval '31 s' WHERE id = '${one.id}'`,
  );
  const { code } = await showBindingCode(desk.database, one.secret);
  await expect(showBindingCode(desk.database, one.secret)).rejects.toMatchObject({ code: 'conflict' });

  // The person binds; then the old authenticators and the sessions end, killed at every step.
  const { authenticator, status } = await at.bind(who.email, code);
  expect(status).toBe(200);
  await killedAt('recovery.before_bound_commit');
  expect(await at.caseState(one.id)).toBe('code_shown');
  await killedAt('recovery.after_removals');
  expect(await at.caseState(one.id)).toBe('bound');
  expect(at.authenticatorsOf(who.subject)).toEqual([authenticator]);
  await killedAt('recovery.before_done_commit');
  expect(await at.caseState(one.id)).toBe('bound');
  expect(await work(isCase('done'))).toBeNull();

  expect(at.authenticatorsOf(who.subject)).toEqual([authenticator]);
  expect(await desk.sql("SELECT end_reason FROM sessions WHERE source_session_id = 'laptop'")).toEqual([
    { end_reason: 'revoked' },
  ]);
  expect(await count("events WHERE type = 'session_revoked' AND source_event_id LIKE 'gatehouse:run:%'")).toBe(1);
  expect(await count("proposal_targets WHERE reference = 'laptop'")).toBe(1);
  for (const occasion of ['requested', 'approved', 'finished'])
    expect(await count('recovery_notices WHERE case_id = $1 AND occasion = $2', one.id, occasion), occasion).toBe(1);
  expect(
    await desk.sql(
      "SELECT action, count(*)::int AS n FROM audit_entries WHERE target_id = $1 AND action IN ('recovery_approved', 'recovery_code_shown', 'recovery_finished') GROUP BY action ORDER BY action",
      [one.id],
    ),
  ).toEqual(['recovery_approved', 'recovery_code_shown', 'recovery_finished'].map((action) => ({ action, n: 1 })));
  expect(await verifyAudit(desk.database, tenantId)).toMatchObject({ ok: true });
}, 400_000);
