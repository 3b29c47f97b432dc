import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { generateSync } from 'otplib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { verifyLogoutToken } from '#lib/demo/app/logout-token.ts';
import { employeesAt } from '#lib/demo/company.ts';
import { sampleSubject } from '#lib/demo/provider/people.ts';
import type { PersonBrowser } from '#lib/demo/story/person-browser.ts';
import { startTestSamples, type TestSamples } from '#lib/demo/test-samples.ts';
import { newSecret } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { Capabilities } from '#lib/providers/definition.ts';
import { mapOcsf } from '#lib/providers/ocsf/ocsf.ts';
import { askSample } from '#lib/providers/sample/ask-sample.ts';
import { sample } from '#lib/providers/sample/sample.ts';

const signal = AbortSignal.timeout(120_000);
const [mara, tomas, ines] = employeesAt('sample').map((employee) => ({
  ...employee,
  id: sampleSubject(employee.staffNumber),
}));
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
if (!mara || !tomas || !ines) throw new Error('the roll is too short');

/** The ingest door's double: takes records as the real one does, or is away. */
const door = { taken: new Map<string, JsonObject>(), away: false };
const eventsOf = (email: string) =>
  [...door.taken.values()]
    .map(mapOcsf)
    .filter(({ person }) => person?.email === email || person?.subject === `unknown:${email}`);

let samples: TestSamples;
let capabilities: Capabilities;
let issuer = '';
let payroll = '';
let wiki = '';

beforeAll(async () => {
  samples = await startTestSamples(async (lines) => {
    if (door.away) return 503;
    for (const line of lines.toString().split('\n')) {
      const record = JSON.parse(line) as JsonObject & { metadata: { uid: string } };
      door.taken.set(record.metadata.uid, record);
    }
    return 200;
  });
  ({ issuer, payroll, wiki } = samples);
  const connected = sample.connect?.(samples.connection);
  if (!connected) throw new Error('the sample provider has no capabilities');
  capabilities = connected;
});
afterEach(() => {
  door.away = false;
});
afterAll(() => samples.close());

const browser = (ip?: string) => samples.browser({ userAgent: firefox, ...(ip ? { ip } : {}) });
const signIn = (at: PersonBrowser, email: string, application = payroll, code?: () => string) =>
  at.signIn({ application, email, password: samples.password, ...(code ? { code } : {}) });
const sessionsOf = async (subject: string) => (await capabilities.listSessions?.({ subject }, signal))?.sessions ?? [];
const manage = async (method: 'GET' | 'POST' | 'DELETE', at: string, wanted: number[] = [200, 201]) =>
  (await askSample(samples.connection, { method, path: at, signal, wanted })).json() as Record<string, unknown> & {
    data: Record<string, unknown>[];
  };

describe('a session, from its sign-in to its end', () => {
  test('ending it at the provider signs the person out of every application, and nobody else', async () => {
    const [hers, his] = [browser(), browser('1.120.0.1')];
    expect((await signIn(hers, mara.email)).text).toContain(mara.name);
    expect((await signIn(hers, mara.email, wiki)).text).toContain(mara.name);
    expect((await signIn(his, tomas.email)).text).toContain(tomas.name);

    const [session, ...more] = await sessionsOf(mara.id);
    expect(more).toEqual([]);
    expect(session).toMatchObject({ alive: true, subject: mara.id, clients: ['Payroll', 'Wiki'] });
    const id = session?.sourceSessionId ?? '';

    expect(await capabilities.endSession(id, signal)).toEqual({
      outcome: 'accepted',
      status: 200,
      detail: 'Payroll: signed out; Wiki: signed out',
    });
    expect(await capabilities.lookUpSession(id, signal)).toBeNull();
    expect(await sessionsOf(mara.id)).toEqual([]);
    for (const application of [payroll, wiki]) {
      const refused = await hers.open(application);
      expect(refused).toMatchObject({ status: 401 });
      expect(refused.text).toContain('You were signed out');
    }
    // Neither the provider's cookie nor another application lets her in again without her password.
    expect((await hers.open(`${wiki}/sign-in`)).url.pathname).toMatch(/^\/login\//);
    expect((await his.open(payroll)).text).toContain(tomas.name);
    expect(await sessionsOf(tomas.id)).toHaveLength(1);

    expect(await capabilities.endSession(id, signal)).toMatchObject({ outcome: 'gone', status: 404 });
    expect(await capabilities.endSession('no-such-session', signal)).toMatchObject({ outcome: 'gone' });
    await expect.poll(() => eventsOf(mara.email).map(({ type }) => type)).toContain('session_revoked');
    const events = eventsOf(mara.email);
    expect(events[0]).toMatchObject({
      type: 'sign_in',
      outcome: 'success',
      sourceSessionId: id,
      client: 'Payroll',
      ip: '91.65.1.1',
      userAgent: firefox,
    });
    expect(new Set(events.map(({ sourceSessionId }) => sourceSessionId))).toEqual(new Set([id]));
    // Opening the second application is a sign-in as well, though nobody typed anything.
    expect(events.filter(({ type }) => type === 'sign_in').map(({ client }) => client)).toEqual(['Payroll', 'Wiki']);
    expect(events.filter(({ type }) => type === 'token_issued').length).toBeGreaterThanOrEqual(2);
  });

  test('signing out at the provider ends the other application too', async () => {
    const hers = browser();
    await signIn(hers, mara.email);
    await signIn(hers, mara.email, wiki);
    const question = await hers.submit(`${payroll}/sign-out`, {});
    expect(question.text).toContain('Sign out everywhere?');
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.text)?.[1] ?? '';
    const back = await hers.submit(`${issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    expect(back.url.href).toBe(payroll);
    await expect.poll(async () => (await hers.open(wiki)).status).toBe(401);
    expect(await sessionsOf(mara.id)).toEqual([]);
    await expect.poll(() => eventsOf(mara.email).map(({ type }) => type)).toContain('sign_out');
  });

  test('an application that is away is told when it is back, and the answer says that it was not told', async () => {
    const hers = browser();
    await signIn(hers, ines.email);
    const [session] = await sessionsOf(ines.id);
    await samples.stopApp();
    const answer = await capabilities.endSession(session?.sourceSessionId ?? '', signal);
    expect(answer.detail).toBe('Payroll: not told (pending)');
    await samples.startApp();
    await expect.poll(async () => (await hers.open(payroll)).status, { timeout: 30_000 }).toBe(401);
  });

  test('sessions survive a restart of the provider, and so does the end of one', async () => {
    const [hers, his] = [browser(), browser()];
    await signIn(hers, mara.email);
    await signIn(his, ines.email);
    const [ended] = await sessionsOf(ines.id);
    await capabilities.endSession(ended?.sourceSessionId ?? '', signal);
    await samples.restartProvider();
    expect(await sessionsOf(mara.id)).toHaveLength(1);
    expect((await hers.open(`${wiki}/sign-in`)).text).toContain(mara.name);
    expect(await capabilities.lookUpSession(ended?.sourceSessionId ?? '', signal)).toBeNull();
    expect((await his.open(`${payroll}/sign-in`)).url.pathname).toMatch(/^\/login\//);
  });

  test('the listing goes page by page and knows everybody', async () => {
    const first = await manage('GET', '/sessions?limit=1');
    expect(first.data).toHaveLength(1);
    expect(first.next).toEqual(first.data[0]?.id);
    const second = await manage('GET', `/sessions?limit=1&cursor=${first.next}`);
    expect(second.data[0]?.id).not.toBe(first.data[0]?.id);
  });
});

describe('who may not come in', () => {
  test('a wrong password, an unknown name and a locked account are refused with the same words, and reported', async () => {
    const his = browser('45.83.64.1');
    const tryWith = (email: string) => his.signIn({ application: payroll, email, password: 'guess' });
    const [wrong, unknown] = [await tryWith(tomas.email), await tryWith('nobody@halden.example')];
    expect(wrong.status).toBe(401);
    expect(wrong.text.replaceAll(tomas.email, '')).toBe(
      unknown.text
        .replaceAll('nobody@halden.example', '')
        .replace(/\/login\/[\w-]+/, /\/login\/[\w-]+/.exec(wrong.text)?.[0] ?? ''),
    );
    for (let turn = 0; turn < 9; turn += 1) await tryWith(tomas.email);
    expect((await signIn(his, tomas.email)).text).toContain('Too many tries');
    await expect
      .poll(() => eventsOf(tomas.email).map(({ type, reason }) => `${type} ${reason}`))
      .toEqual(
        expect.arrayContaining(['sign_in invalid_credentials', 'account_locked null', 'sign_in account_locked']),
      );
    await expect.poll(() => eventsOf('nobody@halden.example').map(({ reason }) => reason)).toEqual(['unknown_user']);
  });

  test.each([undefined, 'Bearer wrong', 'Basic abc'])('the management interface refuses %s', async (authorization) => {
    const answer = await fetch(`${issuer}/manage/v1/sessions`, { headers: authorization ? { authorization } : {} });
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain('halden');
  });

  test('a wrong token of the connection fails in plain words and is not repeated', async () => {
    const wrong = sample.connect?.({ ...samples.connection, secret: 'another secret of thirty-two chars' });
    await expect(wrong?.test(signal)).rejects.toMatchObject({ retryable: false, ambiguous: false, status: 401 });
    expect(await capabilities.test(signal)).toMatchObject({ ok: true });
  });

  test('a login form from another origin, and a visitor’s address without the edge’s key, are not believed', async () => {
    const answer = await fetch(`${payroll}/sign-in`, { redirect: 'manual' });
    const login = await fetch(String(answer.headers.get('location')), { redirect: 'manual' });
    const cookies = login.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const forged = await fetch(new URL(String(login.headers.get('location')), issuer), {
      method: 'POST',
      headers: { cookie: cookies, origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
      body: `email=${mara.email}&password=${samples.password}`,
    });
    expect(forged.status).toBe(403);

    const liar = samples.browser({ ip: '8.8.8.8', userAgent: 'Liar/1.0', edgeKey: 'not the key' });
    await signIn(liar, ines.email);
    await expect
      .poll(() => eventsOf(ines.email).filter(({ userAgent }) => userAgent === 'Liar/1.0')[0]?.ip)
      .toBe('127.0.0.1');
  });
});

describe('logout tokens', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const good = () => ({
    iss: issuer,
    aud: 'payroll',
    sub: mara.id,
    sid: 'a-session',
    iat: now(),
    exp: now() + 120,
    jti: newSecret(),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  });
  const send = (token: string) =>
    fetch(`${payroll}/backchannel-logout`, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });

  test('anything but the provider’s own, fresh, once, is refused', async () => {
    const foreign = await generateKeyPair('RS256');
    const sign = (claims: object, header: object = {}) =>
      new SignJWT(claims as Record<string, unknown>)
        .setProtectedHeader({ alg: 'RS256', typ: 'logout+jwt', ...header })
        .sign(foreign.privateKey);
    const kid = (await manage('GET', '/keys')).data[0]?.kid;
    const none = `${Buffer.from('{"alg":"none","typ":"logout+jwt"}').toString('base64url')}.${Buffer.from(JSON.stringify(good())).toString('base64url')}.`;
    for (const token of [none, '', 'x', 'a.b.c', 'x'.repeat(20_000), await sign(good()), await sign(good(), { kid })]) {
      const answer = await send(token);
      expect(answer.status).toBe(400);
      expect(await answer.text()).not.toMatch(/jose|signature|key/i);
    }
  });

  test('of the provider’s signature alone nothing follows: every claim is checked', async () => {
    const pair = await generateKeyPair('RS256');
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'RS256' }] });
    const verify = async (claims: object, header: object = {}) =>
      verifyLogoutToken(
        await new SignJWT(claims as Record<string, unknown>)
          .setProtectedHeader({ alg: 'RS256', typ: 'logout+jwt', ...header })
          .sign(pair.privateKey),
        { issuer, audience: 'payroll', keys },
      );
    await expect(verify(good())).resolves.toMatchObject({ sid: 'a-session', subject: mara.id });
    const without = (name: string) => Object.fromEntries(Object.entries(good()).filter(([key]) => key !== name));
    for (const [claims, header] of [
      [{ ...good(), iss: 'http://127.0.0.1:1' }],
      [{ ...good(), aud: 'wiki' }],
      [without('aud')],
      [without('iss')],
      [without('jti')],
      [without('iat')],
      [without('exp')],
      [{ ...good(), iat: now() + 600 }],
      [{ ...good(), iat: now() - 600 }],
      [{ ...good(), exp: now() - 300 }],
      [{ ...good(), nonce: 'n' }],
      [{ ...good(), events: {} }],
      [{ ...good(), events: { 'http://schemas.openid.net/event/backchannel-logout': true } }],
      [{ ...good(), sub: undefined, sid: undefined }],
      [good(), { typ: 'JWT' }],
      [good(), { typ: undefined }],
    ] as [object, object?][])
      await expect(verify(claims, header), JSON.stringify([claims, header])).rejects.toThrow();
  });
});

describe('signing keys', () => {
  test('asked twice with one reference make one key, also while it is being made', async () => {
    const [first, second] = await Promise.all([
      manage('POST', '/keys?reference=once'),
      manage('POST', '/keys?reference=once'),
    ]);
    expect(second.kid).toBe(first.kid);
    expect((await manage('POST', '/keys?reference=once')).kid).toBe(first.kid);
    expect((await manage('POST', '/keys?reference=another')).kid).not.toBe(first.kid);
  });

  test('rotate without a moment in which a relying party is broken, and a retired key is out of the JWKS', async () => {
    const jwks = async () =>
      ((await (await fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    const before = (await manage('GET', '/keys')).data.find(({ state }) => state === 'active');
    const next = await manage('POST', '/keys');
    expect(await jwks()).toEqual([before?.kid]);
    await manage('POST', `/keys/${next.kid}/activate`, [409]);
    await manage('POST', `/keys/${next.kid}/publish`);
    expect((await jwks()).sort()).toEqual([before?.kid, next.kid].sort());
    await manage('POST', `/keys/${next.kid}/activate`);
    await manage('POST', `/keys/${next.kid}/retire`, [409]);
    const hers = browser();
    expect((await signIn(hers, mara.email)).text).toContain(mara.name);
    expect((await manage('GET', `/keys/${next.kid}`)).signatures).toBeGreaterThan(0);
    await manage('POST', `/keys/${before?.kid}/retire`);
    expect(await jwks()).toEqual([next.kid]);
    for (const { sourceSessionId } of await sessionsOf(mara.id)) await capabilities.endSession(sourceSessionId, signal);
    // An application that had not seen the new key yet fetches it, and is told again.
    await expect.poll(async () => (await hers.open(payroll)).status, { timeout: 30_000 }).toBe(401);
    expect(JSON.stringify(await manage('GET', '/keys'))).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  });
});

describe('authenticators', () => {
  test('a binding code binds one authenticator once; from then on the password alone is not enough', async () => {
    const made = await manage('POST', `/people/${ines.id}/binding-codes`);
    const hers = browser();
    const post = async (at: string, fields: Record<string, string>) =>
      (
        await fetch(`${issuer}${at}`, {
          method: 'POST',
          headers: { origin: issuer },
          body: new URLSearchParams(fields),
        })
      ).text();
    expect(await post('/bind', { email: tomas.email, binding: String(made.code) })).toContain('do not fit together');
    const shown = await post('/bind', { email: ines.email, binding: String(made.code) });
    const [key, authenticator] = [
      /Key: <code>([A-Z2-7]+)/.exec(shown)?.[1] ?? '',
      /name="authenticator" value="([^"]+)"/.exec(shown)?.[1] ?? '',
    ];
    const code = () => generateSync({ secret: key });
    const confirmed = { email: ines.email, binding: String(made.code), authenticator, code: code() };
    expect(await post('/bind/confirm', confirmed)).toContain('is set up');
    expect(await post('/bind', { email: ines.email, binding: String(made.code) })).toContain('do not fit together');
    expect(await manage('GET', `/people/${ines.id}/binding-codes/${made.id}`)).toMatchObject({
      state: 'used',
      authenticatorId: authenticator,
    });

    const half = await signIn(hers, ines.email);
    expect(half.text).toContain('Six-digit code');
    // The code that confirmed it serves no second time.
    expect((await signIn(hers, ines.email, payroll, () => confirmed.code)).text).toContain('does not fit');
    await manage('DELETE', `/people/${ines.id}/authenticators/${authenticator}`);
    expect((await manage('GET', `/people/${ines.id}/authenticators`)).data).toEqual([]);
    expect((await signIn(hers, ines.email)).text).toContain(ines.name);
    await expect
      .poll(() => eventsOf(ines.email).map(({ type }) => type))
      .toEqual(expect.arrayContaining(['factor_added', 'factor_removed']));
  });

  test('a mistyped binding code is blocked after five tries', async () => {
    const made = await manage('POST', `/people/${mara.id}/binding-codes`);
    const bind = (binding: string) =>
      fetch(`${issuer}/bind`, {
        method: 'POST',
        headers: { origin: issuer },
        body: new URLSearchParams({ email: mara.email, binding }),
      });
    for (let turn = 0; turn < 5; turn += 1) await bind('0000-0000-0000');
    expect((await bind(String(made.code))).status).toBe(401);
    expect((await manage('GET', `/people/${mara.id}/binding-codes/${made.id}`)).state).toBe('blocked');
  });
});

describe('reports', () => {
  test('nothing is lost while the desk is away, over a restart of the provider', async () => {
    door.away = true;
    const before = door.taken.size;
    const hers = browser('62.2.1.1');
    await signIn(hers, mara.email);
    await samples.restartProvider();
    expect(door.taken.size).toBe(before);
    door.away = false;
    await expect
      .poll(() => eventsOf(mara.email).some(({ ip, type }) => ip === '62.2.1.1' && type === 'sign_in'), {
        timeout: 30_000,
      })
      .toBe(true);
    await expect.poll(async () => (await manage('GET', '/')).reportsWaiting, { timeout: 30_000 }).toBe(0);
  });

  test('the provider describes itself as what it is', async () => {
    const metadata = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >;
    expect(metadata).toMatchObject({
      issuer,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
    });
  });
});
