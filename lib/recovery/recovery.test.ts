import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approveProposal } from '#lib/approvals/decide.ts';
import { signingOptions } from '#lib/approvals/signature.ts';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { employeesAt } from '#lib/demo/company.ts';
import { sampleSubject } from '#lib/demo/provider/people.ts';
import { openProviderFixture } from '#lib/demo/provider-fixture.ts';
import { itemRunner } from '#lib/execution/run-due-items.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { openTestDesk, type Person, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { execute } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { closePools } from '#lib/kernel/db/pools.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { newId, sha256, stableId } from '#lib/kernel/ids.ts';
import type { ProofKind } from '#lib/model/recovery.ts';
import { effects } from '#lib/pipeline.ts';
import { askProof, unwrapProofSecret } from '#lib/recovery/ask-proof.ts';
import { attest, attestationOptions } from '#lib/recovery/attest.ts';
import { enterCode, takeAssertion } from '#lib/recovery/judge-proof.ts';
import { openCase } from '#lib/recovery/open-case.ts';
import { proposeRecovery, rejectCase } from '#lib/recovery/propose-recovery.ts';
import { showBindingCode } from '#lib/recovery/show-binding-code.ts';
import { vetoCase } from '#lib/recovery/veto-case.ts';
import { workRecovery } from '#lib/recovery/work-recovery.ts';
import { openMailSink } from '#lib/staff/outbox/mail-sink.ts';
import { mailerOf } from '#lib/staff/outbox/mailer.ts';
import { sendDueNotices } from '#lib/staff/outbox/send-notices.ts';

let desk: TestDesk;
let sink: Awaited<ReturnType<typeof openMailSink>>;
let provider: Awaited<ReturnType<typeof openProviderFixture>>;
let helper: Person;
let commander: Person;
let manager: Person;
/** Four of the sample's people have an authenticator from the start. */
const people = employeesAt('sample').slice(-4);
const signal = AbortSignal.timeout(240_000);
let network = 0;

beforeAll(async () => {
  sink = await openMailSink();
  Object.assign(process.env, {
    GATEHOUSE_KEK: randomBytes(32).toString('base64'),
    GATEHOUSE_URL: 'http://localhost:3000',
    SMTP_URL: sink.url,
    SMTP_FROM: 'desk@gatehouse.example',
  });
  desk = await openTestDesk();
  process.env.DATABASE_URL = desk.url;
  provider = await openProviderFixture(desk.database, tenantId);
  helper = await desk.operator('helper@example.org', 'help-desk');
  commander = await desk.operator('commander@example.org', 'incident-commander');
  manager = await desk.operator('manager@example.org', 'viewer');
  const longAgo = new Date(Date.now() - 40 * 86_400_000);
  for (const { staffNumber, email, name } of people)
    await desk.database.inTenant(tenantId, (tx) =>
      tx.person.create({
        data: {
          tenantId,
          id: stableId('test-person', staffNumber),
          providerId: provider.providerId,
          issuer: provider.origin,
          subject: sampleSubject(staffNumber),
          accountType: 'human',
          displayName: name,
          email,
          nameAt: longAgo,
          emailAt: longAgo,
          firstSeenAt: longAgo,
          lastSeenAt: longAgo,
          signIns: 9,
          failures: 0,
        },
      }),
    );
});
afterAll(async () => {
  await provider.close();
  await closePools();
  await desk.close();
  await sink.close();
});

const person = (index: number) => {
  const found = people[index];
  if (!found) throw new Error('there are four');
  return { ...found, id: stableId('test-person', found.staffNumber), subject: sampleSubject(found.staffNumber) };
};
/** Each request from a network of its own, unless a test wants otherwise. */
async function intake(identifier: string) {
  network += 1;
  const ip = `198.51.${network}.7`;
  const { number, secret } = await openCase(
    desk.database,
    { identifier, story: 'new phone', tenant: 'main' },
    { ip, userAgent: 'test', requestId: null },
  );
  const [row] = await desk.sql<{ id: string }>('SELECT id FROM recovery_cases WHERE number = $1', [number]);
  return { number, secret, id: row?.id ?? '' };
}
const caseState = async (id: string) =>
  (await desk.sql<{ state: string }>('SELECT state FROM recovery_cases WHERE id = $1', [id]))[0]?.state;
const ask = (caseId: string, kind: ProofKind, wanted: string | null = null, who = helper) =>
  execute(desk.database, askProof, who.actor, { caseId, kind, wanted });
const propose = (caseId: string, who = helper) =>
  execute(desk.database, proposeRecovery, who.actor, { caseId, reason: 'spoke to her' });
const recover = () => workRecovery(desk.database, tenantId, signal);
async function run(): Promise<void> {
  await startRuns(desk.database, tenantId);
  for (let round = 0; round < 4; round += 1) {
    const runner = itemRunner(desk.database, effects);
    await runner.work(tenantId, signal);
    await runner.settle();
    await desk.sql(
      "UPDATE run_items SET next_attempt_at = now() - interval '1 s', lease_until = NULL WHERE finished_at IS NULL",
    );
  }
  await recover();
}
/** The waiting time goes by: only the owner with triggers asleep can move it. */
const waited = (id: string) =>
  desk.sql(
    `SET session_replication_role = replica; UPDATE recovery_cases SET release_at = clock_timestamp() WHERE id = '${id}'`,
  );
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

/** The code as the person reads it in their mail. */
async function codeFromMail(to: string): Promise<string> {
  await recover();
  const mail = sink.mails.findLast((one) => one.to === to && one.text.includes('Your code is'));
  return /Your code is (\d{4} \d{4})/.exec(mail?.text ?? '')?.[1] ?? '';
}
/** The person's authenticator app: its secret stands in the provider's own state, which Gatehouse cannot read. */
function totpOf(subject: string, at = Date.now()): string {
  const sqlite = new DatabaseSync(provider.stateFile, { readOnly: true });
  const row = sqlite
    .prepare('SELECT secret FROM authenticators WHERE person = ? AND confirmed_at IS NOT NULL')
    .get(subject);
  sqlite.close();
  return generateSync({ secret: String(row?.secret), epoch: Math.floor(at / 1000) });
}
const post = (path: string, form: Record<string, string>) =>
  fetch(provider.origin + path, {
    method: 'POST',
    headers: { origin: provider.origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form),
  });
/** The person opens the provider's page from their case and proves the authenticator there. */
async function proveAuthenticator(caseId: string, index: number): Promise<string> {
  const [proof] = await desk.sql<{ id: string; wrapped: Buffer }>(
    "SELECT id, wrapped_secret AS wrapped FROM recovery_proofs WHERE case_id = $1 AND kind = 'remaining-authenticator' AND state = 'asked'",
    [caseId],
  );
  const nonce = unwrapProofSecret(tenantId, proof?.id ?? '', proof?.wrapped ?? new Uint8Array());
  const query = new URLSearchParams({ nonce, return: 'http://localhost:3000/recover/case' });
  const answer = await post(`/prove?${query}`, { email: person(index).email, code: totpOf(person(index).subject) });
  return (
    /recover\/case&?#?[^"]*?#?(eyJ[\w-]+\.[\w-]+\.[\w-]+)/.exec((await answer.text()).replaceAll('&#35;', '#'))?.[1] ??
    ''
  );
}
const waitForNextTotp = () => {
  const sqlite = new DatabaseSync(provider.stateFile);
  sqlite.exec('UPDATE authenticators SET last_step = 0');
  sqlite.close();
};

describe('recovery', () => {
  test('intake answers alike for known and unknown people, and limits both', async () => {
    const known = await intake(person(0).email);
    const unknown = await intake('nobody@halden.example');
    for (const one of [known, unknown]) {
      expect(one.number).toMatch(/^R-[2-9A-Z]{4}-[2-9A-Z]{4}$/);
      expect(one.secret).toHaveLength(43);
      expect(await caseState(one.id)).toBe('open');
    }
    await recover();
    expect(await desk.sql('SELECT address FROM recovery_notices WHERE case_id = $1', [known.id])).toEqual([
      { address: person(0).email },
    ]);
    expect(await desk.sql('SELECT 1 FROM recovery_notices WHERE case_id = $1', [unknown.id])).toEqual([]);
    await expect(ask(unknown.id, 'remaining-authenticator')).rejects.toMatchObject({ code: 'conflict' });
    const outcomes = { known: 0, unknown: 0 };
    for (let round = 0; round < 14; round += 1)
      for (const [kind, identifier] of [
        ['known', person(0).email],
        ['unknown', 'ghost@halden.example'],
      ] as const)
        await intake(identifier).catch(() => {
          outcomes[kind] += 1;
        });
    expect(outcomes.known).toBeGreaterThan(0);
    expect(Math.abs(outcomes.known - outcomes.unknown)).toBeLessThanOrEqual(1);
    await desk.sql('DELETE FROM rate_limits');
  }, 300_000);

  test('[v5.0.0-V6.4.4] nothing can be approved without complete proofs: not by the command, not in the database', async () => {
    const one = await intake(person(1).email);
    await expect(propose(one.id)).rejects.toMatchObject({
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
    await ask(one.id, 'address-code');
    await force((tx) => tx.$executeRaw`UPDATE recovery_proofs SET secret_hash = NULL WHERE case_id = ${one.id}::uuid`);
    await execute(desk.database, rejectCase, helper.actor, { caseId: one.id, reason: 'did not answer the phone' });
    expect(await caseState(one.id)).toBe('rejected');
  });

  test('a code: eight digits, hashed, sent once, right once in twenty parallel tries, gone after five wrong ones', async () => {
    const one = await intake(person(1).email);
    await ask(one.id, 'address-code');
    const code = await codeFromMail(person(1).email);
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
    await ask(one.id, 'address-code');
    const second = await codeFromMail(person(1).email);
    expect(second).not.toBe(code);
    for (let round = 0; round < 5; round += 1)
      await expect(enterCode(desk.database, { secret: one.secret, code: '00000000' })).rejects.toMatchObject({
        code: 'forbidden',
      });
    await expect(enterCode(desk.database, { secret: one.secret, code: second })).rejects.toMatchObject({
      code: 'forbidden',
    });
    // One method twice is no path, and a code alone neither.
    await expect(propose(one.id)).rejects.toMatchObject({ code: 'conflict' });
    await vetoCase(desk.database, await vetoTokenOf(person(1).email), null);
  });

  test('from the request to a new authenticator at the real provider, the old one and the sessions gone', async () => {
    const who = person(2);
    const one = await intake(who.email);
    await recover();
    await ask(one.id, 'address-code');
    await enterCode(desk.database, { secret: one.secret, code: await codeFromMail(who.email) });
    await ask(one.id, 'remaining-authenticator');
    const assertion = await proveAuthenticator(one.id, 2);
    // Another case cannot use it, nor can anybody use it twice.
    const other = await intake(person(3).email);
    await ask(other.id, 'remaining-authenticator');
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
    const proposed = await propose(one.id);
    expect(proposed).toMatchObject({ state: 'approved', approvalsNeeded: 0 });
    await run();
    expect(await caseState(one.id)).toBe('waiting');
    expect(
      await desk.sql("SELECT 1 FROM recovery_notices WHERE case_id = $1 AND occasion = 'approved'", [one.id]),
    ).toHaveLength(1);
    await expect(showBindingCode(desk.database, one.secret)).rejects.toMatchObject({ code: 'conflict' });
    await waited(one.id);
    // A session from before, as an event told of it: it ends through Revoke, with the proposal of the helper behind it.
    const old = new Date(Date.now() - 3_600_000);
    await desk.database.inTenant(tenantId, (tx) =>
      tx.session.create({
        data: {
          tenantId,
          id: stableId('session', tenantId, provider.providerId, 'laptop'),
          providerId: provider.providerId,
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
    const oldTotp = totpOf(who.subject);
    const begun = await (await post('/bind', { email: who.email, binding: got.code })).text();
    const authenticator = /name="authenticator" value="([^"]+)"/.exec(begun)?.[1] ?? '';
    const secret = /Key: <code>([^<]+)</.exec(begun)?.[1] ?? '';
    const totp = generateSync({ secret, epoch: Math.floor(Date.now() / 1000) });
    expect(
      (await post('/bind/confirm', { email: who.email, binding: got.code, authenticator, code: totp })).status,
    ).toBe(200);
    await expect
      .poll(
        async () => {
          await run();
          return caseState(one.id);
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
    const sqlite = new DatabaseSync(provider.stateFile, { readOnly: true });
    expect(
      sqlite.prepare('SELECT id FROM authenticators WHERE person = ? AND confirmed_at IS NOT NULL').all(who.subject),
    ).toEqual([{ id: authenticator }]);
    sqlite.close();
    expect(oldTotp).not.toBe(totp);
    await expect(showBindingCode(desk.database, one.secret)).rejects.toMatchObject({ code: 'conflict' });
    expect(await verifyAudit(desk.database, tenantId)).toMatchObject({ ok: true });
  }, 300_000);

  test('a veto after the approval stops it: the code is not handed out, and later cases carry the risk', async () => {
    waitForNextTotp();
    const who = person(3);
    const one = await intake(who.email);
    await recover();
    await ask(one.id, 'remaining-authenticator');
    await takeAssertion(desk.database, { secret: one.secret, assertion: await proveAuthenticator(one.id, 3) });
    // The manager's word: not the helper's own, not the person's, signed by the manager's own passkey.
    await expect(ask(one.id, 'manager-attestation', 'helper@example.org')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(ask(one.id, 'manager-attestation', who.email)).rejects.toMatchObject({ code: 'not_found' });
    const asked = await ask(one.id, 'manager-attestation', 'manager@example.org');
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
    await propose(one.id);
    await run();
    expect(await caseState(one.id)).toBe('waiting');
    await waited(one.id);
    await vetoCase(desk.database, await vetoTokenOf(who.email), '203.0.113.9');
    expect(await caseState(one.id)).toBe('vetoed');
    await expect(showBindingCode(desk.database, one.secret)).rejects.toMatchObject({ code: 'conflict' });
    await expect(vetoCase(desk.database, await vetoTokenOf(who.email), null)).rejects.toMatchObject({
      code: 'conflict',
    });
    const later = await intake(who.email);
    await ask(later.id, 'remaining-authenticator');
    waitForNextTotp();
    await takeAssertion(desk.database, { secret: later.secret, assertion: await proveAuthenticator(later.id, 3) });
    await ask(later.id, 'address-code');
    await enterCode(desk.database, { secret: later.secret, code: await codeFromMail(who.email) });
    const proposed = await propose(later.id);
    // High risk now: the helper cannot sign for themself, a commander can; a veto in between stops the run, loudly.
    expect(proposed).toMatchObject({ state: 'pending', approvalsNeeded: 1 });
    await expect(approve(proposed.proposalId, helper)).rejects.toMatchObject({ code: 'forbidden' });
    await approve(proposed.proposalId, commander);
    await vetoCase(desk.database, await vetoTokenOf(who.email), null);
    await run();
    expect(await caseState(later.id)).toBe('vetoed');
    expect(
      await desk.sql(
        'SELECT i.state, i.error FROM run_items i JOIN runs r ON r.id = i.run_id WHERE r.proposal_id = $1',
        [proposed.proposalId],
      ),
    ).toEqual([{ state: 'failed', error: expect.stringContaining('not them') }]);
  }, 300_000);
});

/** The link of the newest notice to an address, as its reader would open it. */
async function vetoTokenOf(address: string): Promise<string> {
  await recover();
  const mailer = mailerOf(readEnv());
  while ((await sendDueNotices(desk.database, tenantId, mailer)) > 0);
  mailer?.close();
  const mail = sink.mails.findLast((one) => one.to === address && one.text.includes('/recover/not-me#'));
  return /not-me#([\w-]{43})/.exec(mail?.text ?? '')?.[1] ?? newId();
}
