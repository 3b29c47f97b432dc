import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approveProposal } from '#lib/approvals/decide.ts';
import { readProposal } from '#lib/approvals/read-proposal.ts';
import { signingOptions } from '#lib/approvals/signature.ts';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { itemRunner } from '#lib/execution/run-due-items.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { type Person, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { execute } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { newId, sha256, stableId } from '#lib/kernel/ids.ts';
import { effects } from '#lib/pipeline.ts';
import { attest, attestationOptions } from '#lib/recovery/attest.ts';
import { enterCode, takeAssertion } from '#lib/recovery/judge-proof.ts';
import { proposeRecovery, rejectCase } from '#lib/recovery/propose-recovery.ts';
import { openRecoveryDesk, type RecoveryDesk } from '#lib/recovery/recovery-desk.fixture.ts';
import { showBindingCode } from '#lib/recovery/show-binding-code.ts';
import { vetoCase } from '#lib/recovery/veto-case.ts';

let at: RecoveryDesk;
let desk: TestDesk;
let helper: Person;
let commander: Person;
let manager: Person;
beforeAll(async () => {
  at = await openRecoveryDesk();
  ({ desk, helper } = at);
  commander = await desk.operator('commander@example.org', 'incident-commander');
  manager = await desk.operator('manager@example.org', 'viewer');
});
afterAll(() => at.close());

async function run(): Promise<void> {
  await startRuns(desk.database, tenantId);
  for (let round = 0; round < 4; round += 1) {
    const runner = itemRunner(desk.database, effects);
    await runner.work(tenantId, at.signal);
    await runner.settle();
    await desk.sql(
      "UPDATE run_items SET next_attempt_at = now() - interval '1 s', lease_until = NULL WHERE finished_at IS NULL",
    );
  }
  await at.recover();
}

async function approve(proposalId: string, who: Person) {
  const proposal = await desk.database.inTenant(tenantId, (tx) =>
    tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: proposalId } } }),
  );
  const payloadDigest = proposal.payloadDigest ?? new Uint8Array();
  const options = await signingOptions(
    desk.database,
    { operatorId: who.actor.id, sessionId: who.sessionId },
    { id: proposalId, kind: proposal.kind, payloadDigest, nonce: proposal.nonce },
  );
  return approveProposal(desk.database, who.actor, who.sessionId, {
    id: proposalId,
    digest: Buffer.from(payloadDigest).toString('hex'),
    assertion: who.passkey.sign(options),
  });
}

describe('recovery', () => {
  test('intake answers alike for known and unknown people, and limits both', async () => {
    const known = await at.intake(at.person(0).email);
    const unknown = await at.intake('nobody@halden.example');
    for (const one of [known, unknown]) {
      expect(one.number).toMatch(/^R-[2-9A-Z]{4}-[2-9A-Z]{4}$/);
      expect(one.secret).toHaveLength(43);
      expect(await at.caseState(one.id)).toBe('open');
    }
    await at.recover();
    expect(await desk.sql('SELECT address FROM recovery_notices WHERE case_id = $1', [known.id])).toEqual([
      { address: at.person(0).email },
    ]);
    expect(await desk.sql('SELECT 1 FROM recovery_notices WHERE case_id = $1', [unknown.id])).toEqual([]);
    await expect(at.ask(unknown.id, 'remaining-authenticator')).rejects.toMatchObject({ code: 'conflict' });
    const outcomes = { known: 0, unknown: 0 };
    for (let round = 0; round < 14; round += 1)
      for (const [kind, identifier] of [
        ['known', at.person(0).email],
        ['unknown', 'ghost@halden.example'],
      ] as const)
        await at.intake(identifier).catch(() => {
          outcomes[kind] += 1;
        });
    expect(outcomes.known).toBeGreaterThan(0);
    expect(Math.abs(outcomes.known - outcomes.unknown)).toBeLessThanOrEqual(1);
    await desk.sql('DELETE FROM rate_limits');
  }, 300_000);

  test('[v5.0.0-V6.4.4] nothing can be approved without complete proofs: not by the command, not in the database', async () => {
    const one = await at.intake(at.person(1).email);
    await expect(at.propose(one.id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('proofs'),
    });
    const force = (change: (tx: Tx) => Promise<number>) =>
      expect(desk.database.inTenant(tenantId, change)).rejects.toThrow();
    await force((tx) => tx.$executeRaw`UPDATE recovery_cases SET state = 'proposed' WHERE id = ${one.id}::uuid`);
    await force(
      (tx) =>
        tx.$executeRaw`UPDATE recovery_cases SET state = 'waiting', waiting_minutes = 0 WHERE id = ${one.id}::uuid`,
    );
    await force((tx) => tx.$executeRaw`UPDATE recovery_cases SET release_at = now() WHERE id = ${one.id}::uuid`);
    await force((tx) => tx.$executeRaw`UPDATE recovery_cases SET person_id = NULL WHERE id = ${one.id}::uuid`);
    await at.ask(one.id, 'address-code');
    await force((tx) => tx.$executeRaw`UPDATE recovery_proofs SET secret_hash = NULL WHERE case_id = ${one.id}::uuid`);
    await execute(desk.database, rejectCase, helper.actor, { caseId: one.id, reason: 'did not answer the phone' });
    expect(await at.caseState(one.id)).toBe('rejected');
  });

  test('[v5.0.0-V6.6.2] [v5.0.0-V6.5.5] a code opens the request it was sent for, for ten minutes, and no other', async () => {
    const [one, other] = [await at.intake(at.person(2).email), await at.intake(at.person(3).email)];
    await at.ask(one.id, 'address-code');
    const ofOne = await at.codeFromMail(at.person(2).email);
    await at.ask(other.id, 'address-code');
    const ofOther = await at.codeFromMail(at.person(3).email);
    const enter = (secret: string, code: string) => enterCode(desk.database, { secret, code });
    const refused = { code: 'forbidden' };
    await expect(enter(other.secret, ofOne)).rejects.toMatchObject(refused);
    await expect(enter(one.secret, ofOther)).rejects.toMatchObject(refused);
    // By the database's clock: gone after ten minutes and a few seconds, good after nine minutes and some.
    const later = (id: string, seconds: number) =>
      desk.sql('UPDATE recovery_proofs SET expires_at = expires_at - make_interval(secs => $2) WHERE case_id = $1', [
        id,
        seconds,
      ]);
    await later(one.id, 605);
    await expect(enter(one.secret, ofOne)).rejects.toMatchObject(refused);
    await later(other.id, 535);
    await enter(other.secret, ofOther);
    for (const { id } of [one, other])
      await execute(desk.database, rejectCase, helper.actor, { caseId: id, reason: 'only a test of codes' });
  }, 120_000);

  test('a code: eight digits, hashed, sent once, right once in twenty parallel tries, gone after five wrong ones', async () => {
    const one = await at.intake(at.person(1).email);
    await at.ask(one.id, 'address-code');
    const code = await at.codeFromMail(at.person(1).email);
    expect(code).toMatch(/^\d{4} \d{4}$/);
    expect(await desk.sql('SELECT wrapped_secret FROM recovery_proofs WHERE case_id = $1', [one.id])).toEqual([
      { wrapped_secret: null },
    ]);
    const [kept] = await desk.sql<{ hash: Buffer }>(
      'SELECT secret_hash AS hash FROM recovery_proofs WHERE case_id = $1',
      [one.id],
    );
    expect(kept?.hash.equals(sha256(code.replace(' ', '')))).toBe(false);
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => enterCode(desk.database, { secret: one.secret, code })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await at.ask(one.id, 'address-code');
    const second = await at.codeFromMail(at.person(1).email);
    expect(second).not.toBe(code);
    for (let round = 0; round < 5; round += 1)
      await expect(enterCode(desk.database, { secret: one.secret, code: '00000000' })).rejects.toMatchObject({
        code: 'forbidden',
      });
    await expect(enterCode(desk.database, { secret: one.secret, code: second })).rejects.toMatchObject({
      code: 'forbidden',
    });
    // One method twice is no path, and a code alone neither.
    await expect(at.propose(one.id)).rejects.toMatchObject({ code: 'conflict' });
    await vetoCase(desk.database, await at.vetoTokenOf(at.person(1).email), null);
    // Nothing was proved for it, so it is no alarm of the night.
    expect(await desk.sql('SELECT severity FROM signals WHERE key = $1', [`recovery-vetoed:${one.id}`])).toEqual([
      { severity: 'medium' },
    ]);
  });

  test('from the request to a new authenticator at the real provider, the old one and the sessions gone', async () => {
    const who = at.person(2);
    const one = await at.intake(who.email);
    await at.recover();
    await at.ask(one.id, 'address-code');
    await enterCode(desk.database, { secret: one.secret, code: await at.codeFromMail(who.email) });
    await at.ask(one.id, 'remaining-authenticator');
    const assertion = await at.proveAuthenticator(one.id, 2);
    // Another case cannot use it, nor can anybody use it twice.
    const other = await at.intake(at.person(3).email);
    await at.ask(other.id, 'remaining-authenticator');
    await expect(takeAssertion(desk.database, { secret: other.secret, assertion })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await takeAssertion(desk.database, { secret: one.secret, assertion });
    await expect(takeAssertion(desk.database, { secret: one.secret, assertion })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      execute(
        desk.database,
        proposeRecovery,
        { ...helper.actor, passkeyProofAgeSeconds: 999 },
        { caseId: one.id, reason: 'stale' },
      ),
    ).rejects.toMatchObject({ code: 'step_up_required' });
    const proposed = await at.propose(one.id);
    expect(proposed).toMatchObject({ state: 'approved', approvalsNeeded: 0 });
    await run();
    expect(await at.caseState(one.id)).toBe('waiting');
    expect(
      await desk.sql("SELECT 1 FROM recovery_notices WHERE case_id = $1 AND occasion = 'approved'", [one.id]),
    ).toHaveLength(1);
    await expect(showBindingCode(desk.database, one.secret)).rejects.toMatchObject({ code: 'conflict' });
    await at.waited(one.id);
    // A session from before, as an event told of it: it ends through Revoke, with the proposal of the helper behind it.
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
    const before = (await desk.sql<{ n: number }>('SELECT count(*)::int AS n FROM notices'))[0]?.n;
    const handed = await Promise.allSettled([1, 2, 3].map(() => showBindingCode(desk.database, one.secret)));
    const [got] = handed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(handed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    if (!got) throw new Error('nobody got the code');
    // The code is nowhere at our side: not in a row, not in a notice, not in the audit.
    for (const table of ['recovery_cases', 'recovery_steps', 'notices', 'audit_entries', 'recovery_proofs'])
      expect(await desk.sql(`SELECT 1 FROM ${table} t WHERE t::text LIKE '%${got.code}%'`), table).toEqual([]);
    expect((await desk.sql<{ n: number }>('SELECT count(*)::int AS n FROM notices'))[0]?.n).toBe(before);
    const oldTotp = at.totpOf(who.subject);
    const { authenticator, totp, status } = await at.bind(who.email, got.code);
    expect(status).toBe(200);
    await expect
      .poll(
        async () => {
          await run();
          return at.caseState(one.id);
        },
        { timeout: 90_000, interval: 200 },
      )
      .toBe('done');
    expect(await desk.sql("SELECT end_reason FROM sessions WHERE source_session_id = 'laptop'")).toEqual([
      { end_reason: 'revoked' },
    ]);
    expect(
      await desk.sql(
        "SELECT p.state, p.proposer_label FROM proposals p JOIN proposal_targets t ON t.proposal_id = p.id WHERE t.reference = 'laptop'",
      ),
    ).toEqual([{ state: 'consumed', proposer_label: 'helper@example.org' }]);
    expect(at.authenticatorsOf(who.subject)).toEqual([authenticator]);
    expect(oldTotp).not.toBe(totp);
    await expect(showBindingCode(desk.database, one.secret)).rejects.toMatchObject({ code: 'conflict' });
    expect(await verifyAudit(desk.database, tenantId)).toMatchObject({ ok: true });
  }, 300_000);

  test('who attests is nobody else of the case, by person: not its person, who works on it, who proposes or who signs', async () => {
    at.waitForNextTotp();
    const who = at.person(1);
    const idsOf = (accounts: Person[]) => accounts.map(({ actor }) => actor.id);
    const link = (...accounts: Person[]) =>
      desk.sql('UPDATE operators SET person_id = $1 WHERE id = ANY($2)', [newId(), idsOf(accounts)]);
    const unlink = (...accounts: Person[]) =>
      desk.sql('UPDATE operators SET person_id = NULL WHERE id = ANY($1)', [idsOf(accounts)]);
    const spare = await desk.operator('spare@example.org', 'help-desk');
    const theirOwn = await desk.operator('somebody@private.example', 'viewer');
    const one = await at.intake(who.email);
    await at.recover();

    // The person themself, whose operator account has another mailbox: by their account at the provider, or by a link.
    await desk.sql(
      `INSERT INTO sign_in_providers (id, tenant_id, slug, name, issuer, client_id, client_secret, trust, allowance)
         VALUES ('${newId()}', '${tenantId}', 'corp', 'Corp', 'urn:corp', 'desk', '', '{}', '{}')`,
    );
    await desk.sql(
      `INSERT INTO operator_identities (id, operator_id, provider_id, issuer, subject, linked_by)
       SELECT gen_random_uuid(), $1, (SELECT id FROM sign_in_providers LIMIT 1), issuer, subject, 'test' FROM people WHERE id = $2`,
      [theirOwn.actor.id, who.id],
    );
    const forbidden = { code: 'forbidden' };
    const askOf = (email: string, by = helper) => at.ask(one.id, 'manager-attestation', email, by);
    await expect(askOf('somebody@private.example')).rejects.toMatchObject(forbidden);
    await link(manager, theirOwn);
    await expect(askOf('manager@example.org')).rejects.toMatchObject(forbidden);
    await expect(
      desk.sql(
        `SELECT set_config('gatehouse.tenant', '${tenantId}', false); INSERT INTO recovery_proofs (tenant_id, id, case_id, kind, method, state, about, asked_by, asked_of, expires_at)
           VALUES ('${tenantId}', gen_random_uuid(), '${one.id}', 'manager-attestation', 'attestation', 'asked', 'x', '${helper.actor.id}', '${manager.actor.id}', now() + interval '1 hour')`,
      ),
    ).rejects.toThrow(/about them/);
    await unlink(manager, theirOwn);

    // Who asked, through another account; and who asked for another proof of the same case.
    await link(helper, manager);
    await expect(askOf('manager@example.org')).rejects.toMatchObject(forbidden);
    await at.ask(one.id, 'remaining-authenticator');
    await expect(askOf('manager@example.org', spare)).rejects.toMatchObject(forbidden);
    await unlink(helper, manager);
    await takeAssertion(desk.database, { secret: one.secret, assertion: await at.proveAuthenticator(one.id, 1) });

    // Linked after it was asked: the manager may not answer any more; apart again, they may.
    const asked = await askOf('manager@example.org');
    const how = 'saw her at the door';
    const sign = async () => {
      const options = await attestationOptions(desk.database, manager.actor, manager.sessionId, asked.id, how);
      await attest(desk.database, manager.actor, manager.sessionId, asked.id, {
        answer: 'it-was-them',
        how,
        response: manager.passkey.sign(options),
      });
    };
    await link(helper, manager);
    await expect(sign()).rejects.toMatchObject(forbidden);
    await expect(
      desk.sql(
        `SELECT set_config('gatehouse.tenant', '${tenantId}', false); UPDATE recovery_proofs SET state = 'passed' WHERE id = '${asked.id}'`,
      ),
    ).rejects.toThrow(/about them/);
    await unlink(helper, manager);
    await sign();

    // Who attested neither asks on, nor proposes, nor signs; the database says so without the command.
    await link(spare, manager);
    await expect(at.ask(one.id, 'address-code', null, spare)).rejects.toMatchObject(forbidden);
    await expect(at.propose(one.id, spare)).rejects.toMatchObject(forbidden);
    await unlink(spare, manager);
    const proposed = await at.propose(one.id);
    await desk.sql(
      `SET session_replication_role = replica; UPDATE proposals SET approvals_needed = 1, state = 'pending' WHERE id = '${proposed.proposalId}'`,
    );
    await desk.sql(
      `SET session_replication_role = replica; DELETE FROM runs WHERE proposal_id = '${proposed.proposalId}'`,
    );
    for (const [other, why] of [
      [manager, /attested/],
      [theirOwn, /about yourself/],
    ] as const) {
      await link(commander, other);
      await expect(approve(proposed.proposalId, commander)).rejects.toThrow(why);
      await expect(
        desk.sql(
          `SELECT set_config('gatehouse.tenant', '${tenantId}', false); INSERT INTO approvals SELECT '${tenantId}', '${proposed.proposalId}', gatehouse_person_of('${commander.actor.id}'), '${commander.actor.id}', 'x', 'approve', payload_digest, 'x', gen_random_uuid(), '', '', '', '', '', '', '', '' FROM proposals WHERE id = '${proposed.proposalId}'`,
        ),
      ).rejects.toThrow(/attested or that is about them/);
      await unlink(commander, other);
    }
    // Linked after the signature: it counts no more when it is to be carried out.
    await approve(proposed.proposalId, commander);
    await link(commander, manager);
    await run();
    expect(await at.caseState(one.id)).not.toBe('waiting');
    await unlink(commander, manager);
  }, 300_000);

  test('a veto after the approval stops it: the code is not handed out, and later cases carry the risk', async () => {
    at.waitForNextTotp();
    const who = at.person(3);
    const one = await at.intake(who.email);
    await at.recover();
    await at.ask(one.id, 'remaining-authenticator');
    await takeAssertion(desk.database, { secret: one.secret, assertion: await at.proveAuthenticator(one.id, 3) });
    // The manager's word: not the helper's own, not the person's, signed by the manager's own passkey.
    await expect(at.ask(one.id, 'manager-attestation', 'helper@example.org')).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(at.ask(one.id, 'manager-attestation', who.email)).rejects.toMatchObject({ code: 'not_found' });
    const asked = await at.ask(one.id, 'manager-attestation', 'manager@example.org');
    const how = 'called her on the number I know';
    const answer = { answer: 'it-was-them' as const, how };
    await expect(
      attest(desk.database, helper.actor, helper.sessionId, asked.id, { ...answer, response: {} }),
    ).rejects.toMatchObject({ code: 'not_found' });
    const options = await attestationOptions(desk.database, manager.actor, manager.sessionId, asked.id, how);
    await expect(
      attest(desk.database, manager.actor, manager.sessionId, asked.id, {
        ...answer,
        how: 'something else',
        response: manager.passkey.sign(options),
      }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    const again = await attestationOptions(desk.database, manager.actor, manager.sessionId, asked.id, how);
    await attest(desk.database, manager.actor, manager.sessionId, asked.id, {
      ...answer,
      response: manager.passkey.sign(again),
    });
    await at.propose(one.id);
    await run();
    expect(await at.caseState(one.id)).toBe('waiting');
    await at.waited(one.id);
    await vetoCase(desk.database, await at.vetoTokenOf(who.email), '203.0.113.9');
    expect(await at.caseState(one.id)).toBe('vetoed');
    // An analyst has it in the queue at once, on the person it is about.
    expect(
      await desk.sql('SELECT severity, state, person_id, host(ip) AS ip FROM signals WHERE key = $1', [
        `recovery-vetoed:${one.id}`,
      ]),
    ).toEqual([{ severity: 'critical', state: 'open', person_id: who.id, ip: `198.51.${at.network()}.7` }]);
    await expect(showBindingCode(desk.database, one.secret)).rejects.toMatchObject({ code: 'conflict' });
    await expect(vetoCase(desk.database, await at.vetoTokenOf(who.email), null)).rejects.toMatchObject({
      code: 'conflict',
    });
    const later = await at.intake(who.email);
    await at.ask(later.id, 'remaining-authenticator');
    at.waitForNextTotp();
    await takeAssertion(desk.database, { secret: later.secret, assertion: await at.proveAuthenticator(later.id, 3) });
    await at.ask(later.id, 'address-code');
    await enterCode(desk.database, { secret: later.secret, code: await at.codeFromMail(who.email) });
    const [name = '', place = ''] = who.email.split('@');
    const agent = await desk.operator(`${name}+help@${place}`, 'help-desk');
    await expect(at.propose(later.id, agent)).rejects.toThrow(/about yourself/);
    const proposed = await at.propose(later.id);
    // High risk now: the helper cannot sign for themself, a commander can; a veto in between stops the run, loudly.
    expect(proposed).toMatchObject({ state: 'pending', approvalsNeeded: 1 });
    await expect(approve(proposed.proposalId, helper)).rejects.toMatchObject({ code: 'forbidden' });
    // Nor can whom it is about, with an account of their own at this desk.
    const herself = await desk.operator(`${name}+desk@${place}`, 'incident-commander');
    await expect(approve(proposed.proposalId, herself)).rejects.toThrow(/about yourself/);
    const seen = await desk.database.inTenant(tenantId, (tx) => readProposal(tx, herself.actor, proposed.proposalId));
    expect(seen.cannotSign).toMatch(/about yourself/);
    await approve(proposed.proposalId, commander);
    await vetoCase(desk.database, await at.vetoTokenOf(who.email), null);
    await run();
    expect(await at.caseState(later.id)).toBe('vetoed');
    expect(
      await desk.sql(
        'SELECT i.state, i.error FROM run_items i JOIN runs r ON r.id = i.run_id WHERE r.proposal_id = $1',
        [proposed.proposalId],
      ),
    ).toEqual([{ state: 'failed', error: expect.stringContaining('not them') }]);
  }, 300_000);
});
