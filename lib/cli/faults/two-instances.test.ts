import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeskProcess, startWeb, startWorker } from '#lib/cli/bench/web-process.ts';
import { startCluster } from '#lib/cli/embedded-postgres/cluster.ts';
import { execute } from '#lib/kernel/command.ts';
import { migrate } from '#lib/kernel/db/migrate.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { newSecret } from '#lib/kernel/ids.ts';
import { sessionCookie } from '#lib/staff/cookies.ts';
import { csrfTokenOf } from '#lib/staff/csrf.ts';
import { addPasskey, registrationOptions, verifyRegistration } from '#lib/staff/new-passkey.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { createServiceToken } from '#lib/staff/service-tokens.ts';
import { SoftAuthenticator } from '#lib/staff/soft-authenticator.ts';
import { type Member, mainTenant, type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

const dataDir = mkdtempSync(path.join(tmpdir(), 'gatehouse-two-'));
let staff: StaffFixture;
let a: DeskProcess;
let b: DeskProcess;
let admin: Member;

beforeAll(async () => {
  const cluster = await startCluster({ dataDir });
  await migrate(cluster.url);
  staff = await staffFixture({ url: cluster.url, close: () => cluster.stop() });
  [a, b] = [await start(), await start()];
  admin = await staff.addOperator();
}, 180_000);
afterAll(async () => {
  await Promise.all([a?.stop(), b?.stop()]);
  await staff?.close();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}, 60_000);

/** One more instance of the same desk: the same database, key and public address, another port. */
const start = () =>
  startWeb(staff.url, {
    DATA_DIR: dataDir,
    GATEHOUSE_URL: relyingParty().origin,
    GATEHOUSE_KEK: process.env.GATEHOUSE_KEK ?? '',
  });

/** A browser: its cookies, whichever instance answers. */
class Browser {
  readonly jar = new Map<string, string>();
  csrf = '';

  async call(desk: DeskProcess, method: string, at: string, body?: object | URLSearchParams): Promise<Response> {
    const isForm = body instanceof URLSearchParams;
    const answer = await fetch(`${desk.url}${at}`, {
      method,
      headers: {
        cookie: [...this.jar].map(([name, value]) => `${name}=${value}`).join('; '),
        origin: relyingParty().origin,
        'x-gatehouse-csrf': this.csrf,
        ...(body ? { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' } : {}),
      },
      ...(body ? { body: isForm ? body.toString() : JSON.stringify(body) } : {}),
      redirect: 'manual',
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.jar.set(name, value);
    }
    return answer;
  }

  /** Signs in as a browser does: the instance's own challenge, next-auth's token, the passkey's answer. */
  async signIn(desk: DeskProcess, member: Member, authenticator = member.authenticator): Promise<number> {
    const options = (await (await this.call(desk, 'POST', '/api/sign-in/options')).json()) as { challenge: string };
    const { csrfToken } = (await (await this.call(desk, 'GET', '/api/auth/csrf')).json()) as { csrfToken: string };
    const response = JSON.stringify(authenticator.assert(options, member.id));
    const form = new URLSearchParams({ csrfToken, response, json: 'true' });
    const { status } = await this.call(desk, 'POST', '/api/auth/callback/passkey', form);
    const token = this.jar.get(sessionCookie);
    if (status === 200 && token) this.csrf = csrfTokenOf((await staff.current(token)).session);
    return status;
  }

  async sessionId(): Promise<string> {
    return (await staff.current(this.jar.get(sessionCookie) ?? '')).session.id;
  }
}
const alive = async (browser: Browser, desk: DeskProcess) =>
  (await browser.call(desk, 'GET', '/api/v1/me/session')).status;
async function signedIn(desk: DeskProcess, member: Member, authenticator?: SoftAuthenticator): Promise<Browser> {
  const browser = new Browser();
  expect(await browser.signIn(desk, member, authenticator)).toBe(200);
  return browser;
}

describe('two instances of one desk', () => {
  test('[v5.0.0-V7.4.1] [v5.0.0-V7.4.5] a session ended on one is refused by the other from the next request on, its live stream ends', async () => {
    const grace = await staff.addOperator({ roles: ['analyst'] });
    const [boss, victim] = [await signedIn(a, admin), await signedIn(b, grace)];
    expect([await alive(victim, a), await alive(victim, b)]).toEqual([200, 200]);
    const stream = await victim.call(b, 'GET', '/api/v1/live');
    expect(stream.status).toBe(200);
    const ended = stream.text();
    const at = `/api/v1/operators/${grace.id}/sessions/${await victim.sessionId()}`;
    expect((await boss.call(a, 'DELETE', at)).status).toBe(200);
    expect([await alive(victim, b), await alive(victim, a)]).toEqual([401, 401]);
    // It asks every four seconds; here that it ends by itself, unasked.
    expect(await ended).toMatch(/event: ended\n/);
  });

  test('[v5.0.0-V7.4.1] signing out on one signs out on both', async () => {
    const browser = await signedIn(a, admin);
    const { csrfToken } = (await (await browser.call(b, 'GET', '/api/auth/csrf')).json()) as { csrfToken: string };
    const copy = new Browser();
    for (const [name, value] of browser.jar) copy.jar.set(name, value);
    await browser.call(b, 'POST', '/api/auth/signout', new URLSearchParams({ csrfToken, json: 'true' }));
    expect([await alive(copy, a), await alive(copy, b)]).toEqual([401, 401]);
  });

  test('a removed passkey signs in on neither, and the session it proved on the other is over', async () => {
    const ada = await staff.addOperator({ roles: ['analyst'] });
    const others = [new SoftAuthenticator(), new SoftAuthenticator()];
    const ids = [await register(ada, others[0]), await register(ada, others[1])];
    const lost = await signedIn(b, ada, others[0]);
    const owner = await signedIn(a, ada);
    expect((await owner.call(a, 'DELETE', `/api/v1/me/passkeys/${ids[0]}`)).status).toBe(200);
    expect(await alive(lost, b)).toBe(401);
    for (const desk of [b, a]) expect(await new Browser().signIn(desk, ada, others[0])).toBe(401);
    await signedIn(b, ada, others[1]);
  });

  test('a service token revoked on one is refused by the other at once', async () => {
    const boss = await signedIn(a, admin);
    const { actor } = await staff.current(boss.jar.get(sessionCookie) ?? '');
    const { token, id } = await madeToken(actor, 'collector');
    expect([await withToken(b, token), await withToken(a, token)]).toEqual([200, 200]);
    expect((await boss.call(a, 'DELETE', `/api/v1/tokens/${id}`)).status).toBe(200);
    expect([await withToken(b, token), await withToken(a, token)]).toEqual([401, 401]);
  });

  test('[v5.0.0-V6.3.1] the limit on guessing is one for both, outlasts a restart, and never holds back who has the key', async () => {
    const boss = await signedIn(a, admin);
    const { actor } = await staff.current(boss.jar.get(sessionCookie) ?? '');
    const { token } = await madeToken(actor, 'rightful');
    const guesses: number[] = [];
    while (!guesses.includes(429) && guesses.length < 36)
      guesses.push(await withToken(guesses.length % 2 === 0 ? a : b, `ght_${newSecret()}`));
    // Twenty at once in all; each with a limit of its own would have let forty through.
    expect(guesses.at(-1)).toBe(429);
    // A slow restart gives nothing back. Of the limit that is used up alone: another door's is full again within a second.
    await asOwner(
      staff.url,
      `UPDATE rate_limits SET full_at = full_at + interval '1 hour' WHERE full_at > now() + interval '1 minute'`,
    );
    await a.stop();
    a = await start();
    for (const desk of [a, b]) {
      expect(await withToken(desk, `ght_${newSecret()}`)).toBe(429);
      expect(await withToken(desk, token)).toBe(200);
    }
    await signedIn(b, admin);
  }, 120_000);

  test('an instance and a worker under which a newer version migrates the database end by themselves, and do not start again', async () => {
    const worker = await startWorker(staff.url, { DATA_DIR: dataDir });
    const ended = Promise.all(
      [a, b, worker].map((desk) => new Promise((resolve) => desk.process.once('exit', resolve))),
    );
    await asOwner(
      staff.url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ('of a newer version', 'x', '29990101000000_newer', now(), 1)`,
    );
    expect(await ended).toEqual([1, 1, 1]);
    await expect(start()).rejects.toThrow('ended at start');
  }, 60_000);
});

async function register(member: Member, authenticator = new SoftAuthenticator()): Promise<string> {
  const binding = { purpose: 'new-passkey' as const, boundTo: newSecret(), subject: member.id };
  const about = { operatorId: member.id, email: member.email, displayName: 'Ada' };
  const options = await registrationOptions(staff.database, { ...binding, ...about });
  const passkey = await verifyRegistration(staff.database, { ...binding, response: authenticator.register(options) });
  if (!passkey) throw new Error('the registration was refused');
  return staff.database.outsideTenants((tx) => addPasskey(tx, member.id, 'another', passkey));
}

async function madeToken(actor: Parameters<typeof execute>[2], name: string): Promise<{ token: string; id: string }> {
  const { token } = await execute(staff.database, createServiceToken, actor, { name, scopes: ['sessions:read'] });
  const [row] = await asOwner<{ id: string }>(
    staff.url,
    'SELECT id::text FROM service_tokens WHERE tenant_id = $1 AND name = $2',
    [mainTenant, name],
  );
  return { token, id: row?.id ?? '' };
}

async function withToken(desk: DeskProcess, token: string): Promise<number> {
  const { status, body } = await fetch(`${desk.url}/api/v1/sessions`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await body?.cancel();
  return status;
}
