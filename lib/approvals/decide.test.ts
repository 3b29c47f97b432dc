import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approveProposal, rejectProposal, withdrawProposal } from '#lib/approvals/decide.ts';
import { expireProposals } from '#lib/approvals/expire-proposals.ts';
import { signingChallenge } from '#lib/approvals/payload.ts';
import { whyPeopleDoNotHold } from '#lib/approvals/people.ts';
import { readProposal } from '#lib/approvals/read-proposal.ts';
import { signingOptions } from '#lib/approvals/signature.ts';
import { registerSoftPasskey } from '#lib/approvals/soft-passkey.ts';
import { propose } from '#lib/approvals/submit.ts';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { openTestDesk, type Person, provider, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { newId } from '#lib/kernel/ids.ts';

let desk: TestDesk;
let ada: Person;
let grace: Person;
beforeAll(async () => {
  desk = await openTestDesk();
  ada = await desk.operator('ada@example.org', 'incident-commander');
  grace = await desk.operator('grace@example.org', 'incident-commander');
});
afterAll(() => desk.close());

async function proposed(who = ada, targets = 30) {
  const sessions = Array.from({ length: targets }, (_, n) => ({
    type: 'session',
    id: `0190aaaa-0000-7000-8000-${String(n).padStart(12, '0')}`,
    personId: null,
    providerId: provider.id,
    reference: `reference "${n}"\n`,
    label: `Somebody ${n} – Ä`,
  }));
  return desk.database.inTenant(tenantId, (tx) =>
    propose(tx, who.actor, { kind: 'revoke-sessions', reason: 'an incident', targets: sessions }),
  );
}
async function sign(who: Person, id: string) {
  const row = await desk.database.inTenant(tenantId, (tx) =>
    tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } }),
  );
  const digest = Buffer.from(row.payloadDigest ?? []);
  const signable = { id, kind: row.kind, nonce: row.nonce, payloadDigest: digest };
  const options = await signingOptions(desk.database, { operatorId: who.actor.id, sessionId: who.sessionId }, signable);
  return { id, digest: digest.toString('hex'), assertion: who.passkey.sign(options) };
}
const approve = async (who: Person, id: string) =>
  approveProposal(desk.database, who.actor, who.sessionId, await sign(who, id));
const stateOf = async (id: string) =>
  (await desk.sql<{ state: string }>('SELECT state FROM proposals WHERE id = $1', [id]))[0]?.state;
const refusals = async (id: string) =>
  (
    await desk.sql<{ why: string }>(
      "SELECT entry::jsonb #>> '{detail,why}' AS why FROM audit_entries WHERE target_id = $1 AND outcome = 'refused' ORDER BY seq",
      [id],
    )
  ).map(({ why }) => why);

describe('approving', () => {
  test('a second person’s signature over the digest opens the run; nothing before it', async () => {
    const { id, state, runId } = await proposed();
    expect({ state, runId }).toEqual({ state: 'pending', runId: null });
    const decided = await approve(grace, id);
    expect(decided).toMatchObject({ state: 'approved', approvals: 1, approvalsNeeded: 1 });
    await startRuns(desk.database, tenantId);
    expect(await stateOf(id)).toBe('consumed');
    expect(await desk.sql('SELECT state, items_made FROM runs WHERE id = $1', [decided.runId])).toEqual([
      { state: 'running', items_made: 30 },
    ]);
    // The challenge anybody can compute again: SHA-256(kind || digest || nonce || approver).
    const [kept] = await desk.sql<{ challenge: Buffer; client: Buffer; digest: Buffer; nonce: Buffer }>(
      'SELECT a.challenge, a.client_data AS client, p.payload_digest AS digest, p.nonce FROM approvals a JOIN proposals p ON p.id = a.proposal_id WHERE p.id = $1',
      [id],
    );
    if (!kept) throw new Error('no signature was kept');
    const challenge = signingChallenge({ kind: 'revoke-sessions', ...kept, approver: grace.actor.id });
    expect(kept.challenge).toEqual(challenge);
    expect(JSON.parse(kept.client.toString())).toMatchObject({ challenge: challenge.toString('base64url') });
    await expect(approve(grace, id)).rejects.toThrow(/consumed already/);
  });

  test('[v5.0.0-V2.3.5] nobody approves their own proposal, nor the same person through a second account', async () => {
    const { id } = await proposed();
    const again = await desk.operator('Ada+second@EXAMPLE.org', 'incident-commander');
    await expect(approve(ada, id)).rejects.toThrow(/somebody else has to approve/);
    await expect(approve(again, id)).rejects.toThrow(/somebody else has to approve/);
    expect(await refusals(id)).toEqual([
      expect.stringContaining('You proposed this'),
      expect.stringContaining('another one of yours'),
    ]);
    // Past the application, the database says the same.
    const [row] = await desk.sql<{ digest: Buffer }>('SELECT payload_digest AS digest FROM proposals WHERE id = $1', [
      id,
    ]);
    for (const { actor } of [ada, again]) {
      await expect(
        desk.sql(
          `INSERT INTO approvals SELECT $1, $2, gatehouse_person_of($3), $3, 'x', 'approve', $4, 'x', gen_random_uuid(), '', '', '', '', '', '', '', ''`,
          [tenantId, id, actor.id, row?.digest],
        ),
      ).rejects.toThrow(/nobody approves their own proposal/);
    }
    await expect(desk.sql("UPDATE proposals SET state = 'approved' WHERE id = $1", [id])).rejects.toThrow(
      /enough people/,
    );
    expect(await stateOf(id)).toBe('pending');
  });

  test('nor through an account whose linked identity is theirs', async () => {
    const linked = await desk.operator('nobody-would-guess@example.org', 'incident-commander');
    await desk.sessions(1, 'ada-at-the-provider');
    await desk.sql("UPDATE people SET email = 'ada@example.org' WHERE subject = 'ada-at-the-provider'");
    const columns = 'id, operator_id, provider_id, issuer, subject, linked_by';
    await desk.sql(
      `SET session_replication_role = replica; INSERT INTO operator_identities (${columns})
        VALUES (gen_random_uuid(), '${linked.actor.id}', gen_random_uuid(), 'urn:test', 'ada-at-the-provider', 'test')`,
    );
    const { id } = await proposed();
    await expect(approve(linked, id)).rejects.toThrow(/somebody else has to approve/);
    expect(await stateOf(id)).toBe('pending');
  });

  test('nor through an account that was linked as theirs, before the proposal or after the signature', async () => {
    const other = await desk.operator('other-account@example.org', 'incident-commander');
    const person = '01900000-0000-7000-8000-0000000000aa';
    const link = (...who: Person[]) =>
      desk.sql('UPDATE operators SET person_id = $1 WHERE id = ANY($2)', [person, who.map(({ actor }) => actor.id)]);
    const { id } = await proposed();
    const signed = await proposed();
    await approve(other, signed.id);
    await link(ada, other);
    // The page does not offer what would be refused.
    const seen = await desk.database.inTenant(tenantId, (tx) => readProposal(tx, other.actor, id));
    expect(seen.cannotSign).toBe('You proposed it, so another person has to sign.');
    await expect(approve(other, id)).rejects.toThrow(/somebody else has to approve/);
    expect(await stateOf(id)).toBe('pending');
    const why = (proposalId: string) =>
      desk.database.inTenant(tenantId, (tx) => whyPeopleDoNotHold(tx, tenantId, proposalId));
    expect(await why(signed.id)).toMatch(/of which 0 still count/);
    await desk.sql('UPDATE operators SET person_id = NULL');
    expect(await why(signed.id)).toBeNull();
  });

  test('[v5.0.0-V7.5.3] a signature made for another proposal, by another passkey, in another session or used twice does not fit', async () => {
    const { id } = await proposed();
    const other = await proposed();
    const forOther = await sign(grace, other.id);
    const attempts = [
      { ...forOther, id },
      { ...(await sign(ada, id)) },
      { ...(await sign(grace, id)), assertion: { nonsense: true } },
    ];
    for (const attempt of attempts)
      await expect(approveProposal(desk.database, grace.actor, grace.sessionId, attempt)).rejects.toThrow(
        /does not fit/,
      );
    const good = await sign(grace, id);
    await expect(approveProposal(desk.database, grace.actor, ada.sessionId, good)).rejects.toThrow(/does not fit/);
    expect(await stateOf(id)).toBe('pending');
    expect(await refusals(id)).toHaveLength(4);
    await expect(
      approveProposal(desk.database, { ...grace.actor, type: 'token' }, grace.sessionId, good),
    ).rejects.toThrow(/Only people/);
    await expect(
      approveProposal(
        desk.database,
        { ...grace.actor, permissions: new Set() },
        grace.sessionId,
        await sign(grace, id),
      ),
    ).rejects.toThrow(/permission/);
  });

  test('time never approves: what is late is refused before and after the worker saw it', async () => {
    const { id } = await proposed();
    const signed = await sign(grace, id);
    await desk.sql(
      "SET session_replication_role = replica; UPDATE proposals SET expires_at = now() - interval '1 s' WHERE id = '" +
        id +
        "'",
    );
    await expect(approveProposal(desk.database, grace.actor, grace.sessionId, signed)).rejects.toThrow(/has expired/);
    expect(await expireProposals(desk.database, tenantId)).toBeGreaterThan(0);
    expect(await stateOf(id)).toBe('expired');
    await expect(approve(grace, id)).rejects.toThrow(/has expired/);
    const late = expect.stringContaining('time never approves');
    expect(await refusals(id)).toEqual([late, late]);
    expect(await desk.sql('SELECT 1 FROM runs WHERE proposal_id = $1', [id])).toEqual([]);
  });

  test.each([
    ['payload', 'UPDATE proposals SET reason = $$another$$ WHERE id = $1'],
    ['policy', 'UPDATE proposals SET approvals_needed = 0 WHERE id = $1'],
    ['frozen set: a name', "UPDATE proposal_targets SET label = 'Eve' WHERE proposal_id = $1 AND position = 3"],
    ['frozen set: one taken away', 'DELETE FROM proposal_targets WHERE proposal_id = $1 AND position = 30'],
    [
      'frozen set: one added',
      `INSERT INTO proposal_targets SELECT tenant_id, proposal_id, 31, target_type, gen_random_uuid(), person_id, provider_id, reference, label, detail
        FROM proposal_targets WHERE proposal_id = $1 AND position = 1`,
    ],
  ])('a changed %s makes it void, with an alarm, before the signature and after it', async (_, tamper) => {
    const past = (id: string) =>
      desk.sql(`SET session_replication_role = replica; ${tamper.replaceAll('$1', `'${id}'`)}`);
    const before = await proposed();
    const signed = await sign(grace, before.id);
    await past(before.id);
    await expect(approveProposal(desk.database, grace.actor, grace.sessionId, signed)).rejects.toThrow(/void/);
    expect(await stateOf(before.id)).toBe('void');
    // The audit says that it became void and who was refused; of an approval it says nothing, for there was none.
    const entries = 'SELECT action, actor_label AS who, outcome FROM audit_entries WHERE target_id = $1 ORDER BY seq';
    expect(await desk.sql(entries, [before.id])).toEqual([
      { action: 'proposal_void', who: 'Gatehouse', outcome: 'refused' },
      { action: 'proposal_approval_refused', who: grace.actor.label, outcome: 'refused' },
    ]);
    expect(await refusals(before.id)).toEqual(Array(2).fill(expect.stringContaining('changed afterwards')));

    const after = await proposed();
    const { runId } = await approve(grace, after.id);
    await past(after.id);
    await startRuns(desk.database, tenantId);
    expect(await stateOf(after.id)).toBe('void');
    expect(await refusals(after.id)).toEqual([expect.stringContaining('changed afterwards')]);
    expect(
      await desk.sql('SELECT state, cutoff_lifted_at IS NOT NULL AS lifted FROM runs WHERE id = $1', [runId]),
    ).toEqual([{ state: 'void', lifted: true }]);
    expect(await desk.sql('SELECT 1 FROM run_items WHERE run_id = $1', [runId])).toEqual([]);
    expect(await desk.sql('SELECT severity FROM signals WHERE key = $1', [`proposal-changed:${after.id}`])).toEqual([
      { severity: 'critical' },
    ]);
  });

  test('[v5.0.0-V8.3.3] an approver who was removed or demoted before the start counts no more', async () => {
    for (const [email, takeAway, giveBack] of [
      [
        'linus@example.org',
        'UPDATE operators SET disabled_at = now() WHERE id = $1',
        'UPDATE operators SET disabled_at = NULL WHERE id = $1',
      ],
      ['ken@example.org', "UPDATE operator_roles SET role = 'viewer' WHERE operator_id = $1", 'SELECT $1'],
    ] as const) {
      const approver = await desk.operator(email, 'incident-commander');
      const { id } = await proposed();
      const { runId } = await approve(approver, id);
      await desk.sql(takeAway, [approver.actor.id]);
      await startRuns(desk.database, tenantId);
      await desk.sql(giveBack, [approver.actor.id]);
      expect(await stateOf(id)).toBe('void');
      expect(await refusals(id)).toEqual([expect.stringContaining('0 still count')]);
      expect(await desk.sql('SELECT state FROM runs WHERE id = $1', [runId])).toEqual([{ state: 'void' }]);
    }
  });

  test('what is rejected or withdrawn stays so; only the proposer withdraws', async () => {
    const [rejected, withdrawn] = [await proposed(), await proposed()];
    await rejectProposal(desk.database, grace.actor, { id: rejected.id, note: 'wrong scope' });
    await expect(approve(grace, rejected.id)).rejects.toThrow(/rejected already/);
    await expect(withdrawProposal(desk.database, grace.actor, { id: withdrawn.id })).rejects.toThrow(
      /Only who proposed/,
    );
    await withdrawProposal(desk.database, ada.actor, { id: withdrawn.id });
    await expect(approve(grace, withdrawn.id)).rejects.toThrow(/withdrawn already/);
  });

  test('double approval at once: one person counts once from however many devices, and the last of two people opens one run', async () => {
    const linus = await desk.operator('linus3@example.org', 'incident-commander');
    const phone = await desk.database.outsideTenants((tx) => registerSoftPasskey(tx, grace.actor.id));
    // What a token asks for needs two people, so that one signature leaves it open for the same person's second.
    const soar = { ...ada, actor: { ...ada.actor, type: 'token' as const, id: newId(), label: 'soar' } };
    const { id, approvalsNeeded } = await proposed(soar);
    expect(approvalsNeeded).toBe(2);
    const attempts = async (people: readonly Person[]) => {
      const signed = await Promise.all(people.map(async (who) => ({ who, input: await sign(who, id) })));
      return Promise.allSettled(
        signed.map(({ who, input }) => approveProposal(desk.database, who.actor, who.sessionId, input)),
      );
    };
    const twice = await attempts([grace, { ...grace, sessionId: newId(), passkey: phone }]);
    expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await stateOf(id)).toBe('pending');
    expect(await refusals(id)).toEqual([expect.stringContaining('You have signed this already')]);
    const together = await attempts([linus, ada]);
    expect(together.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await desk.sql('SELECT state FROM runs WHERE proposal_id = $1', [id])).toHaveLength(1);
    expect(await refusals(id)).toEqual([
      expect.stringContaining('You have signed this already'),
      expect.stringContaining('approved already'),
    ]);
  });

  test('[v5.0.0-V2.3.4] approve, reject, withdraw and expire at the same moment: one wins, 40 rounds', async () => {
    for (let round = 0; round < 40; round += 1) {
      const { id } = await proposed(ada, 26);
      const signed = await sign(grace, id);
      const outcomes = await Promise.allSettled([
        approveProposal(desk.database, grace.actor, grace.sessionId, signed),
        rejectProposal(desk.database, grace.actor, { id, note: 'no, not this' }),
        withdrawProposal(desk.database, ada.actor, { id }),
      ]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const runs = await desk.sql('SELECT 1 FROM runs WHERE proposal_id = $1', [id]);
      expect(runs).toHaveLength((await stateOf(id)) === 'approved' ? 1 : 0);
    }
  }, 120_000);

  test('one person signing many times at once, and two people at once, 200 rounds against the database alone', async () => {
    const proposals = await Promise.all(Array.from({ length: 4 }, () => proposed()));
    const linus = await desk.operator('linus2@example.org', 'incident-commander');
    let rounds = 0;
    for (const { id } of proposals) {
      const [row] = await desk.sql<{ digest: Buffer }>('SELECT payload_digest AS digest FROM proposals WHERE id = $1', [
        id,
      ]);
      const insert = (who: Person) =>
        desk.database.inTenant(
          tenantId,
          (
            tx,
          ) => tx.$executeRaw`INSERT INTO approvals SELECT ${tenantId}::uuid, ${id}::uuid, gatehouse_person_of(${who.actor.id}::uuid), ${who.actor.id}::uuid,
            'x', 'approve', ${new Uint8Array(row?.digest ?? [])}, 'x', gen_random_uuid(), '', '', '', '', '', '', '', ''`,
        );
      for (let round = 0; round < 50; round += 1, rounds += 1) {
        const outcomes = await Promise.allSettled([
          insert(grace),
          insert(grace),
          insert(linus),
          insert(linus),
          insert(ada),
        ]);
        const kept = outcomes.filter(({ status }) => status === 'fulfilled').length;
        expect(kept).toBe(round === 0 ? 2 : 0);
      }
      expect(await desk.sql('SELECT gatehouse_approvals_of($1, $2) AS people', [tenantId, id])).toEqual([
        { people: 2 },
      ]);
    }
    expect(rounds).toBe(200);
  }, 120_000);

  test('everything above is in a chain that verifies', async () => {
    expect(await verifyAudit(desk.database, tenantId)).toMatchObject({ ok: true });
  });
});
