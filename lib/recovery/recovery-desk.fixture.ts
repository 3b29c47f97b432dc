import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { generateSync } from 'otplib';
import { employeesAt } from '#lib/demo/company.ts';
import { sampleSubject } from '#lib/demo/provider/people.ts';
import { openProviderFixture } from '#lib/demo/provider-fixture.ts';
import { openTestDesk, type Person, tenantId } from '#lib/execution/test-desk.ts';
import { execute } from '#lib/kernel/command.ts';
import { closePools } from '#lib/kernel/db/pools.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { newId, stableId } from '#lib/kernel/ids.ts';
import type { ProofKind } from '#lib/model/recovery.ts';
import { askProof, unwrapProofSecret } from '#lib/recovery/ask-proof.ts';
import { openCase } from '#lib/recovery/open-case.ts';
import { proposeRecovery } from '#lib/recovery/propose-recovery.ts';
import { workRecovery } from '#lib/recovery/work-recovery.ts';
import { openMailSink } from '#lib/staff/outbox/mail-sink.ts';
import { mailerOf } from '#lib/staff/outbox/mailer.ts';
import { sendDueNotices } from '#lib/staff/outbox/send-notices.ts';

/**
 * A desk for tests of recovery: a database, the sample provider with four people who have an authenticator there, a mailbox that
 * takes everything, and operators. What a person does themselves (reading mail, proving at the provider) is done here as they would.
 */
export async function openRecoveryDesk() {
  const sink = await openMailSink();
  Object.assign(process.env, {
    GATEHOUSE_KEK: randomBytes(32).toString('base64'),
    GATEHOUSE_URL: 'http://localhost:3000',
    SMTP_URL: sink.url,
    SMTP_FROM: 'desk@gatehouse.example',
  });
  const desk = await openTestDesk();
  process.env.DATABASE_URL = desk.url;
  const provider = await openProviderFixture(desk.database, tenantId);
  const helper = await desk.operator('helper@example.org', 'help-desk');
  const signal = AbortSignal.timeout(600_000);
  // Four of the sample's people have an authenticator from the start.
  const people = employeesAt('sample')
    .slice(-4)
    .map((one) => ({ ...one, id: stableId('test-person', one.staffNumber), subject: sampleSubject(one.staffNumber) }));
  const longAgo = new Date(Date.now() - 40 * 86_400_000);
  await desk.database.inTenant(tenantId, (tx) =>
    tx.person.createMany({
      data: people.map(({ id, subject, email, name }) => ({
        tenantId,
        id,
        providerId: provider.providerId,
        issuer: provider.origin,
        subject,
        accountType: 'human',
        displayName: name,
        email,
        nameAt: longAgo,
        emailAt: longAgo,
        firstSeenAt: longAgo,
        lastSeenAt: longAgo,
        signIns: 9,
        failures: 0,
      })),
    }),
  );
  const person = (index: number) => {
    const found = people[index];
    if (!found) throw new Error('there are four');
    return found;
  };
  let network = 0;
  const recover = () => workRecovery(desk.database, tenantId, signal);
  const post = (path: string, form: Record<string, string>) =>
    fetch(provider.origin + path, {
      method: 'POST',
      headers: { origin: provider.origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form),
    });
  /** Reads the provider's own state, which Gatehouse cannot. */
  const atProvider = <T>(work: (sqlite: DatabaseSync) => T): T => {
    const sqlite = new DatabaseSync(provider.stateFile, { timeout: 5_000 });
    try {
      return work(sqlite);
    } finally {
      sqlite.close();
    }
  };
  /** What the person's authenticator app shows now. */
  const totpOf = (subject: string, at = Date.now()): string => {
    const row = atProvider((sqlite) =>
      sqlite.prepare('SELECT secret FROM authenticators WHERE person = ? AND confirmed_at IS NOT NULL').get(subject),
    );
    return generateSync({ secret: String(row?.secret), epoch: Math.floor(at / 1000) });
  };
  return {
    desk,
    sink,
    provider,
    helper,
    person,
    recover,
    post,
    totpOf,
    signal,
    network: () => network,
    /** A request from a network of its own. */
    async intake(identifier: string) {
      network += 1;
      const { number, secret } = await openCase(
        desk.database,
        { identifier, story: 'new phone', tenant: 'main' },
        { ip: `198.51.${network}.7`, userAgent: 'test', requestId: null },
      );
      const [row] = await desk.sql<{ id: string }>('SELECT id FROM recovery_cases WHERE number = $1', [number]);
      return { number, secret, id: row?.id ?? '' };
    },
    caseState: async (id: string) =>
      (await desk.sql<{ state: string }>('SELECT state FROM recovery_cases WHERE id = $1', [id]))[0]?.state,
    ask: (caseId: string, kind: ProofKind, wanted: string | null = null, who: Person = helper) =>
      execute(desk.database, askProof, who.actor, { caseId, kind, wanted }),
    propose: (caseId: string, who: Person = helper) =>
      execute(desk.database, proposeRecovery, who.actor, { caseId, reason: 'spoke to her' }),
    /** The waiting time goes by: only the owner with triggers asleep can move it. */
    waited: (id: string) =>
      desk.sql(
        `SET session_replication_role = replica; UPDATE recovery_cases SET release_at = clock_timestamp() WHERE id = '${id}'`,
      ),
    /** The newest code in the person's mail, as they read it. */
    async codeFromMail(to: string): Promise<string> {
      await recover();
      const mail = sink.mails.findLast((one) => one.to === to && one.text.includes('Your code is'));
      return /Your code is (\d{4} \d{4})/.exec(mail?.text ?? '')?.[1] ?? '';
    },
    /** The person opens the provider's page from their case and proves the authenticator there. @returns the assertion */
    async proveAuthenticator(caseId: string, index: number): Promise<string> {
      const [proof] = await desk.sql<{ id: string; wrapped: Buffer }>(
        "SELECT id, wrapped_secret AS wrapped FROM recovery_proofs WHERE case_id = $1 AND kind = 'remaining-authenticator' AND state = 'asked'",
        [caseId],
      );
      const nonce = unwrapProofSecret(tenantId, proof?.id ?? '', proof?.wrapped ?? new Uint8Array());
      const query = new URLSearchParams({ nonce, return: 'http://localhost:3000/recover/case' });
      const { email, subject } = person(index);
      const page = await (await post(`/prove?${query}`, { email, code: totpOf(subject) })).text();
      return /recover\/case&?#?[^"]*?#?(eyJ[\w-]+\.[\w-]+\.[\w-]+)/.exec(page.replaceAll('&#35;', '#'))?.[1] ?? '';
    },
    /** The person sets up a new authenticator at the provider with a binding code. @returns its id */
    async bind(email: string, code: string): Promise<{ authenticator: string; totp: string; status: number }> {
      const begun = await (await post('/bind', { email, binding: code })).text();
      const authenticator = /name="authenticator" value="([^"]+)"/.exec(begun)?.[1] ?? '';
      const secret = /Key: <code>([^<]+)</.exec(begun)?.[1] ?? '';
      const totp = generateSync({ secret, epoch: Math.floor(Date.now() / 1000) });
      const { status } = await post('/bind/confirm', { email, binding: code, authenticator, code: totp });
      return { authenticator, totp, status };
    },
    /** The authenticators a person has at the provider, by its own books. */
    authenticatorsOf: (subject: string) =>
      atProvider((sqlite) =>
        sqlite
          .prepare('SELECT id FROM authenticators WHERE person = ? AND confirmed_at IS NOT NULL')
          .all(subject)
          .map(({ id }) => String(id)),
      ),
    /** A code generator's next code: the one just used serves once. */
    waitForNextTotp: () => atProvider((sqlite) => sqlite.exec('UPDATE authenticators SET last_step = 0')),
    /** The link of the newest notice to an address, as its reader would open it. */
    async vetoTokenOf(address: string): Promise<string> {
      await recover();
      const mailer = mailerOf(readEnv());
      while ((await sendDueNotices(desk.database, tenantId, mailer)) > 0);
      mailer?.close();
      const mail = sink.mails.findLast((one) => one.to === address && one.text.includes('/recover/not-me#'));
      return /not-me#([\w-]{43})/.exec(mail?.text ?? '')?.[1] ?? newId();
    },
    async close() {
      await provider.close();
      await closePools();
      await desk.close();
      await sink.close();
    },
  };
}
export type RecoveryDesk = Awaited<ReturnType<typeof openRecoveryDesk>>;
