import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { approveProposal } from '#lib/approvals/decide.ts';
import { freezePage, openDraft } from '#lib/approvals/freeze.ts';
import { whyProposalDoesNotHold } from '#lib/approvals/holds.ts';
import { signingOptions } from '#lib/approvals/signature.ts';
import { controlRun } from '#lib/execution/control-run.ts';
import type { Effects } from '#lib/execution/effect.ts';
import { itemRunner } from '#lib/execution/run-due-items.ts';
import { scriptedProvider } from '#lib/execution/scripted-provider.ts';
import { settleRuns } from '#lib/execution/settle-runs.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { openTestDesk, type Person, provider, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { newId } from '#lib/kernel/ids.ts';
import type { RevocationSummary } from '#lib/model/revocation-scope.ts';
import { effects as allEffects } from '#lib/pipeline.ts';
import { driftOf } from '#lib/revocation/drift.ts';
import { endingSessions, endSessionEffect } from '#lib/revocation/end-session-effect.ts';
import { introspectSession } from '#lib/revocation/introspect.ts';
import { rehearseRevocation } from '#lib/revocation/rehearse.ts';
import { scopePage } from '#lib/revocation/scope.ts';
import { submitRevocation } from '#lib/revocation/submit-revocation.ts';

const double = scriptedProvider({ latencyMs: 3 });
const effects: Effects = {
  ...allEffects,
  'revoke-sessions': { ...endSessionEffect, open: async () => endingSessions(double.capabilities) },
};
let desk: TestDesk;
let ada: Person;
let grace: Person;
beforeAll(async () => {
  desk = await openTestDesk();
  ada = await desk.operator('ada@example.org', 'incident-commander');
  grace = await desk.operator('grace@example.org', 'incident-commander');
});
afterAll(() => desk.close());
beforeEach(async () => {
  double.reset();
  await desk.sql('UPDATE sessions SET ended_at = now() WHERE ended_at IS NULL');
});

async function live(count: number, user?: string) {
  const sessions = await desk.sessions(count, user);
  for (const { source } of sessions) double.alive.add(source);
  return sessions;
}
const everything = { by: 'filter' as const, filter: { provider: 'desk' } };
const rehearse = (scope: Parameters<typeof rehearseRevocation>[2]['scope'], exclude = {}) =>
  rehearseRevocation(desk.database, ada.actor, { scope, exclude, reason: 'an incident' });
const proposalOf = (id: string) =>
  desk.database.inTenant(tenantId, (tx) => tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } }));
const summaryOf = async (id: string) => JSON.parse((await proposalOf(id)).summary ?? '{}') as RevocationSummary;
async function signed(who: Person, id: string) {
  const row = await proposalOf(id);
  const payloadDigest = Buffer.from(row.payloadDigest ?? []);
  const signer = { operatorId: who.actor.id, sessionId: who.sessionId };
  const options = await signingOptions(desk.database, signer, { id, kind: row.kind, nonce: row.nonce, payloadDigest });
  return { id, digest: payloadDigest.toString('hex'), assertion: who.passkey.sign(options) };
}
const submit = async (id: string) => submitRevocation(desk.database, ada.actor, ada.sessionId, await signed(ada, id));
const approve = async (id: string) =>
  approveProposal(desk.database, grace.actor, grace.sessionId, await signed(grace, id));
const introspect = (token: string) =>
  desk.database.inTenant(tenantId, (tx) => introspectSession(tx, tenantId, { token }));
async function work(rounds = 30): Promise<void> {
  await startRuns(desk.database, tenantId);
  const runner = itemRunner(desk.database, effects);
  for (let round = 0; round < rounds; round += 1) {
    await desk.sql(
      "UPDATE run_items SET next_attempt_at = now() - interval '1 s', lease_until = NULL WHERE finished_at IS NULL",
    );
    const done = await runner.work(tenantId, new AbortController().signal);
    await runner.settle();
    if (done + (await settleRuns(desk.database, tenantId, effects)) === 0) return;
  }
}

describe('a scope', () => {
  test('[v5.0.0-V15.4.2] is frozen and counted exactly; what came later is shown, never added', async () => {
    const mine = await live(3, 'mallory');
    await live(40);
    const { id, frozen } = await rehearse(everything);
    expect(frozen).toBe(true);
    const later = await live(2);
    await desk.sql('UPDATE sessions SET ended_at = now() WHERE id = $1', [mine[0]?.id]);
    expect(await summaryOf(id)).toMatchObject({
      sessions: 43,
      people: 41,
      providers: [{ name: 'Desk', sessions: 43, canAct: false }],
      countries: [{ name: 'unknown', sessions: 43 }],
    });
    const row = await proposalOf(id);
    const drift = await desk.database.inTenant(tenantId, (tx) =>
      driftOf(
        tx,
        { tenantId, proposerId: ada.actor.id },
        {
          id,
          parameters: JSON.parse(row.parameters),
          since: row.frozenAt ?? new Date(0),
        },
      ),
    );
    expect(drift).toMatchObject({ appeared: 2, ended: 1 });
    expect(drift.sample.map((one) => one.id).sort()).toEqual(later.map((one) => one.id).sort());
    expect(row.targetCount).toBe(43);
  });

  test('a scope may be full to the last place, and one more is too many', async () => {
    await live(4);
    const parameters = { scope: everything, exclude: { groups: [], people: [], sessions: [] } };
    const page = scopePage({ tenantId, proposerId: ada.actor.id }, parameters);
    const freezing = async (most: number) => {
      const draft = { kind: 'revoke-sessions' as const, reason: 'an incident', parameters };
      const id = await desk.database.inTenant(tenantId, (tx) => openDraft(tx, ada.actor, draft));
      for (let pages = 1; ; pages += 1) {
        const { done } = await desk.database.inTenant(tenantId, (tx) => freezePage(tx, tenantId, id, page, 2, most));
        if (done) return pages;
      }
    };
    expect(await freezing(4)).toBe(3);
    await expect(freezing(3)).rejects.toThrow(/more than 3 targets/);
  });

  test('a pasted list takes ids and e-mails, and shows what did not match', async () => {
    const [one] = await live(1);
    await live(2, 'by-subject');
    await live(1, 'by-mail');
    await desk.sql("UPDATE people SET email = 'Mail@Example.org' WHERE subject = 'by-mail'");
    await live(5);
    const { id } = await rehearse({
      by: 'list',
      entries: [one?.source ?? '', 'by-subject', 'mail@example.ORG', 'nobody@example.org', one?.id ?? ''],
    });
    expect(await summaryOf(id)).toMatchObject({
      sessions: 4,
      people: 3,
      unmatched: ['nobody@example.org'],
      unmatchedCount: 1,
    });
  });

  test('warns of oneself, administrators and service accounts, and leaves out whom one says', async () => {
    await desk.operator('root@example.org', 'administrator');
    await live(1, 'me');
    await live(1, 'root');
    await live(2, 'robot');
    await live(1, 'emergency-access');
    const [kept] = await live(1, 'ordinary');
    await desk.sql("UPDATE people SET email = subject || '@example.org' WHERE subject IN ('root', 'robot')");
    await desk.sql("UPDATE people SET email = 'ada@example.org' WHERE subject = 'me'");
    await desk.sql("UPDATE people SET account_type = 'service' WHERE subject = 'robot'");
    const { warnings } = await summaryOf((await rehearse(everything)).id);
    expect(warnings.map(({ group, sessions }) => [group, sessions])).toEqual([
      ['own', 1],
      ['administrators', 1],
      ['break-glass', 1],
      ['service', 2],
    ]);
    const without = await rehearse(everything, { groups: ['own', 'administrators', 'break-glass', 'service'] });
    expect(await desk.sql('SELECT target_id FROM proposal_targets WHERE proposal_id = $1', [without.id])).toEqual([
      { target_id: kept?.id },
    ]);
  });

  test('nothing in it, a filter that is not right, somebody else’s rehearsal: refused with a word', async () => {
    await expect(rehearse({ by: 'filter', filter: { q: 'no such person' } })).rejects.toThrow(
      /Nothing is in this scope/,
    );
    await expect(rehearse({ by: 'filter', filter: { country: 'nowhere' } })).rejects.toThrow(/not right/);
    await expect(rehearse({ by: 'filter', filter: { contry: 'DE' } })).rejects.toThrow(/not right/);
    await live(1);
    const { id } = await rehearse(everything);
    await expect(
      submitRevocation(desk.database, grace.actor, grace.sessionId, await signed(grace, id)),
    ).rejects.toThrow(/Only who made this rehearsal/);
    await expect(submitRevocation(desk.database, ada.actor, ada.sessionId, { id })).rejects.toThrow(/Sign what/);
  });

  test('a repetition after a crash finds the rehearsal that was made, and makes no second one', async () => {
    await live(3);
    const repeatId = '0190ffff-0000-7000-8000-000000000001';
    const again = () =>
      rehearseRevocation(desk.database, ada.actor, { scope: everything, reason: 'an incident' }, repeatId);
    expect(await again()).toEqual({ id: repeatId, frozen: true });
    await live(2);
    expect(await again()).toEqual({ id: repeatId, frozen: true });
    expect(await summaryOf(repeatId)).toMatchObject({ sessions: 3 });
  });

  test('two at one draft at once: one set, counted and sealed once, and both are told that it is', async () => {
    const sessions = await desk.sessions(40);
    const input = { scope: { by: 'sessions' as const, sessions: sessions.map(({ id }) => id) }, reason: 'a breach' };
    const id = newId();
    const both = await Promise.all([1, 2].map(() => rehearseRevocation(desk.database, ada.actor, input, id)));
    expect(both).toEqual([
      { id, frozen: true },
      { id, frozen: true },
    ]);
    expect(await desk.sql('SELECT count(*)::int AS n FROM proposal_targets WHERE proposal_id = $1', [id])).toEqual([
      { n: 40 },
    ]);
    expect(await desk.database.inTenant(tenantId, (tx) => whyProposalDoesNotHold(tx, tenantId, id))).toBeNull();
  });

  test('[v5.0.0-V2.3.2] at most 25 sessions of one person need nobody else; one more, or another person, do', async () => {
    await live(25, 'one-person');
    const alone = await submit((await rehearse(everything)).id);
    expect(alone).toMatchObject({ state: 'approved', approvalsNeeded: 0 });
    await live(1, 'one-person');
    expect(await submit((await rehearse(everything)).id)).toMatchObject({ state: 'pending', approvalsNeeded: 1 });
    await desk.sql('UPDATE sessions SET ended_at = now()');
    await live(1);
    await live(1);
    expect(await submit((await rehearse(everything)).id)).toMatchObject({ state: 'pending', approvalsNeeded: 1 });
    await work();
  });
});

describe('carrying it out', () => {
  test('the signature cuts off at once; then the provider ends them, liars are named, others live on', async () => {
    const doomed = await live(60);
    const liar = doomed[7];
    double.behave((id) => (id === liar?.source ? 'lies' : 'well'));
    const { id } = await rehearse(everything);
    const others = await live(5);
    expect(await submit(id)).toMatchObject({ state: 'pending', runId: null });
    expect(await introspect(doomed[0]?.id ?? '')).toMatchObject({
      active: true,
      sid: doomed[0]?.source,
      iss: provider.issuer,
    });
    const { runId } = await approve(id);
    // No worker has run: the one row of the run is the cut-off.
    for (const { id: session, source } of doomed) {
      expect(await introspect(session)).toMatchObject({ active: false, cutoff: expect.any(Number) });
      expect(await introspect(source)).toMatchObject({ active: false });
    }
    for (const { source } of others) expect(await introspect(source)).toMatchObject({ active: true });
    expect(double.asked).toEqual([]);
    await work();
    expect(double.alive).toEqual(new Set([liar?.source, ...others.map(({ source }) => source)]));
    expect(
      await desk.sql('SELECT state, items FROM run_tallies WHERE run_id = $1 AND items > 0 ORDER BY state', [runId]),
    ).toEqual([
      { state: 'failed', items: 1 },
      { state: 'verified', items: 59 },
    ]);
    expect(await desk.sql('SELECT state FROM runs WHERE id = $1', [runId])).toEqual([{ state: 'failed' }]);
    expect(
      await desk.sql("SELECT count(*)::int AS n FROM sessions WHERE end_reason = 'revoked' AND id = ANY($1)", [
        doomed.map((one) => one.id),
      ]),
    ).toEqual([{ n: 59 }]);
    expect(double.insideMost()).toBeGreaterThan(8);
  });

  test('a provider Gatehouse cannot act at: every item says so, none says revoked', async () => {
    await live(30);
    const { id } = await rehearse(everything);
    await submit(id);
    const { runId } = await approve(id);
    await startRuns(desk.database, tenantId);
    const runner = itemRunner(desk.database, allEffects);
    await runner.work(tenantId, new AbortController().signal);
    await runner.settle();
    expect(
      await desk.sql(
        'SELECT state, cause, count(*)::int AS n, min(error) AS error FROM run_items WHERE run_id = $1 GROUP BY 1, 2',
        [runId],
      ),
    ).toEqual([
      { state: 'failed', cause: 'cannot_act', n: 30, error: expect.stringContaining('cannot end sessions at Desk') },
    ]);
  });

  test('pause begins nothing, resume goes on, stop leaves the rest alone and lets it live', async () => {
    const doomed = await live(40);
    const { id } = await rehearse(everything);
    await submit(id);
    const { runId } = await approve(id);
    await startRuns(desk.database, tenantId);
    const run = { id: runId ?? '' };
    await controlRun(desk.database, ada.actor, 'pause', run);
    await work();
    expect(double.asked).toEqual([]);
    await controlRun(desk.database, ada.actor, 'resume', run);
    // One round of a slow provider, then the stop.
    double.behave((_, call) => (call === 1 ? 'breaks' : 'well'));
    const runner = itemRunner(desk.database, effects);
    await desk.sql(
      "UPDATE run_items SET next_attempt_at = now() + interval '1 hour' WHERE run_id = $1 AND position > 10",
      [runId],
    );
    await runner.work(tenantId, new AbortController().signal);
    await runner.settle();
    await controlRun(desk.database, ada.actor, 'abort', { ...run, note: 'wrong scope' });
    await work();
    const tallies = await desk.sql<{ state: string; items: number }>(
      'SELECT state, items FROM run_tallies WHERE run_id = $1 AND items > 0',
      [runId],
    );
    const by = Object.fromEntries(tallies.map(({ state, items }) => [state, items]));
    expect(by.skipped).toBeGreaterThanOrEqual(30);
    expect((by.verified ?? 0) + (by.skipped ?? 0)).toBe(40);
    expect(await desk.sql('SELECT state, finished_at IS NOT NULL AS ended FROM runs WHERE id = $1', [runId])).toEqual([
      { state: 'aborted', ended: true },
    ]);
    expect(await introspect(doomed.at(-1)?.id ?? '')).toMatchObject({ active: expect.any(Boolean) });
    const [skipped] = await desk.sql<{ target_id: string }>(
      "SELECT t.target_id FROM run_items i JOIN runs r ON r.id = i.run_id JOIN proposal_targets t ON t.proposal_id = r.proposal_id AND t.position = i.position WHERE r.id = $1 AND i.state = 'skipped' LIMIT 1",
      [runId],
    );
    expect(await introspect(skipped?.target_id ?? '')).toMatchObject({ active: true });
  });
});
