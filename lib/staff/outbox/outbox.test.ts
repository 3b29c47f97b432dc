import net from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { readEnv, WrongEnvironment } from '#lib/kernel/env.ts';
import { listNotices } from '#lib/staff/outbox/list-notices.ts';
import { type Mailer, mailerOf } from '#lib/staff/outbox/mailer.ts';
import { notifyOperator, queueNotice } from '#lib/staff/outbox/queue-notice.ts';
import { noticeLimits, sendDueNotices } from '#lib/staff/outbox/send-notices.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const operatorId = '01900000-0000-7000-8000-00000000000a';
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
const open: { close(): void }[] = [];

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 6, statementTimeoutMs: 10_000 });
  await asOwner(
    made.url,
    `INSERT INTO operators (id, email, display_name, notification_addresses) VALUES ('${operatorId}', 'ada@example.org', 'Ada', '{ada.second@example.org}')`,
  );
});
afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await asOwner(made.url, 'DELETE FROM notices');
});
afterAll(async () => {
  await database.close();
  await made.close();
});

/** A mail server on loopback that speaks SMTP (RFC 5321) and does at each recipient or message what the test wants. */
async function mailServer(behave: (what: { rcpt: string; body: string | null; n: number }) => string | 'hang up') {
  const taken: { to: string; body: string }[] = [];
  let n = 0;
  const server = net.createServer((socket) => {
    let to = '';
    let body: string | null = null;
    let pending = '';
    const say = (line: string) => socket.write(`${line}\r\n`);
    say('220 loopback ESMTP');
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      pending += chunk.toString('utf8');
      for (let at = pending.indexOf('\r\n'); at >= 0; at = pending.indexOf('\r\n')) {
        const line = pending.slice(0, at);
        pending = pending.slice(at + 2);
        if (body !== null) {
          if (line !== '.') {
            body += `${line}\n`;
            continue;
          }
          n += 1;
          const answer = behave({ rcpt: to, body, n });
          if (answer.startsWith('250') || answer === 'hang up') taken.push({ to, body });
          body = null;
          if (answer === 'hang up') return socket.destroy();
          say(answer);
        } else if (/^(EHLO|HELO)/i.test(line)) say('250 loopback');
        else if (/^MAIL/i.test(line)) say('250 ok');
        else if (/^RCPT TO:<(.*)>/i.test(line)) {
          to = /<(.*?)>/.exec(line)?.[1] ?? '';
          say(behave({ rcpt: to, body: null, n }));
        } else if (/^DATA/i.test(line)) {
          body = '';
          say('354 go on');
        } else if (/^QUIT/i.test(line)) {
          say('221 bye');
          socket.end();
        } else say('250 ok');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  const { port } = server.address() as net.AddressInfo;
  const mailer = mailerOf({
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    SMTP_FROM: 'desk@example.org',
    GATEHOUSE_URL: 'http://localhost:3000',
  }) as Mailer;
  open.push(mailer);
  return { taken, mailer };
}

const queue = (subject: string) =>
  database.inTenant(tenantId, (tx) =>
    queueNotice(tx, { tenantId, to: 'ada@example.org', subject, text: 'A passkey was added.', kind: 'authenticators' }),
  );
const states = () =>
  asOwner<{ state: string; attempts: number; error: string | null }>(
    made.url,
    'SELECT state, attempts, error FROM notices ORDER BY created_at, id',
  );
const makeDue = () => asOwner(made.url, 'UPDATE notices SET next_attempt_at = now() WHERE finished_at IS NULL');

test('[v5.0.0-V6.3.7] a notice goes to every address of the operator, by a real mail server, once', async () => {
  const { taken, mailer } = await mailServer(() => '250 ok');
  await database.inTenant(tenantId, (tx) =>
    notifyOperator(tx, {
      tenantId,
      operatorId,
      kind: 'authenticators',
      subject: 'New\r\nBcc: x@y',
      text: 'Zwei Schlüssel.',
    }),
  );
  // Two senders at once, and again: each notice is taken by one of them.
  while ((await Promise.all([1, 2].map(() => sendDueNotices(database, tenantId, mailer)))).some((n) => n > 0));
  expect(taken.map(({ to }) => to).sort()).toEqual(['ada.second@example.org', 'ada@example.org']);
  expect(taken[0]?.body).toMatch(/^Subject: New Bcc: x@y$/m);
  expect(taken[0]?.body).toMatch(/^Message-ID: <[0-9a-f-]{36}@localhost>$/m);
  expect((await states()).map(({ state }) => state)).toEqual(['sent', 'sent']);
});

test('a notice exists exactly when its change does', async () => {
  const failing = database.inTenant(tenantId, async (tx) => {
    await queueNotice(tx, { tenantId, to: 'ada@example.org', subject: 'no', text: 'no', kind: 'access' });
    await appendAudit(tx, systemActor(tenantId, 'test'), { action: 'x', outcome: 'success' });
    throw new Error('the change fails');
  });
  await expect(failing).rejects.toThrow('the change fails');
  expect(await states()).toEqual([]);
});

test('a server that is down, busy or gone in the middle gets it later with the same id; one that refuses the address fails it', async () => {
  await queue('first');
  const closed = await mailServer(() => '250 ok');
  for (const each of open.splice(0)) each.close();
  await sendDueNotices(database, tenantId, closed.mailer);
  expect(await states()).toMatchObject([
    { state: 'waiting', attempts: 1, error: expect.stringMatching(/^E(SOCKET|CONNECTION)/) },
  ]);
  // Not due again yet.
  expect(await sendDueNotices(database, tenantId, closed.mailer)).toBe(0);
  await makeDue();
  const { taken, mailer } = await mailServer(({ body, n }) =>
    body === null ? '250 ok' : n === 1 ? '451 later' : n === 2 ? 'hang up' : '250 ok',
  );
  for (let round = 0; round < 3; round += 1) {
    await sendDueNotices(database, tenantId, mailer);
    await makeDue();
  }
  expect(await states()).toMatchObject([{ state: 'sent', attempts: 4 }]);
  // Taken, but the answer was lost: it came twice, recognisably one.
  const ids = taken.map(({ body }) => /^Message-ID: (.*)$/m.exec(body)?.[1]);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);

  await queue('second');
  const strict = await mailServer(({ body }) => (body === null ? '550 no such mailbox' : '250 ok'));
  await sendDueNotices(database, tenantId, strict.mailer);
  expect((await states())[1]).toMatchObject({ state: 'failed', error: 'EENVELOPE 550' });
});

test('a sender that lost its lease cannot write; waits grow and end', async () => {
  await queue('slow');
  let release = () => {};
  const slow: Mailer = { send: () => new Promise((resolve) => (release = resolve)), close: () => undefined };
  const late = sendDueNotices(database, tenantId, slow);
  await expect.poll(async () => (await states())[0]?.state).toBe('sending');
  await asOwner(made.url, "UPDATE notices SET lease_until = now() - interval '1 second'");
  await sendDueNotices(database, tenantId, { send: () => Promise.reject(new Error('no')), close: () => undefined });
  release();
  await late;
  expect(await states()).toMatchObject([{ state: 'waiting', attempts: 2 }]);
  await asOwner(
    made.url,
    `UPDATE notices SET next_attempt_at = now(), created_at = now() - interval '${noticeLimits.giveUpHours + 1} hours'`,
  );
  await sendDueNotices(database, tenantId, { send: () => Promise.reject(new Error('no')), close: () => undefined });
  expect(await states()).toMatchObject([{ state: 'failed', attempts: 3 }]);
});

test('without a mail server a notice is there to be read, and its words cannot be changed afterwards', async () => {
  await queue('shown');
  expect(await sendDueNotices(database, tenantId, null)).toBe(1);
  expect(await states()).toMatchObject([{ state: 'shown' }]);
  await expect(
    database.inTenant(tenantId, (tx) => tx.$executeRaw`UPDATE notices SET body = 'nothing happened'`),
  ).rejects.toThrow(/permission denied/);
});

test('[v5.0.0-V6.4.6] whoever runs the desk sees that there was a one-time link, the addressee gets it', async () => {
  const secret = 'https://desk.example.org/recover/not-me#b25jZQ';
  await database.inTenant(tenantId, (tx) =>
    queueNotice(tx, {
      tenantId,
      to: 'ada@example.org',
      operatorId,
      subject: 's',
      text: `Stop it:\n${secret}`,
      kind: 'recovery',
    }),
  );
  const bodies = (by: { operatorId: string } | 'everybody') =>
    database.inTenant(tenantId, async (tx) => (await listNotices(tx, tenantId, by)).map(({ body }) => body));
  expect((await bodies('everybody'))[0]).not.toContain('b25jZQ');
  expect((await bodies({ operatorId }))[0]).toContain(secret);
});

test('SMTP_URL and SMTP_FROM belong together', () => {
  expect(() => readEnv({ SMTP_URL: 'smtp://mail.example.org' })).toThrow(WrongEnvironment);
  expect(() => readEnv({ SMTP_URL: 'mail.example.org', SMTP_FROM: 'desk@example.org' })).toThrow(/SMTP_URL/);
  expect(readEnv({ SMTP_URL: 'smtps://u:p@mail.example.org', SMTP_FROM: 'desk@example.org' }).SMTP_FROM).toBe(
    'desk@example.org',
  );
});
