import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { newSecret } from '#lib/kernel/ids.ts';
import { renewCodes } from '#lib/staff/authenticators/own-recovery.ts';
import { findDeskSession } from '#lib/staff/desk-sessions.ts';
import { takeLogoutToken } from '#lib/staff/federation/backchannel-logout.ts';
import { beginFederatedSignIn, requestedScopes, takeProviderAnswer } from '#lib/staff/federation/federated-sign-in.ts';
import { findHalfFinished, secondFactorOptions, signInFederated } from '#lib/staff/federation/finish-sign-in.ts';
import { linkIdentity } from '#lib/staff/federation/identities.ts';
import { redirectAddress } from '#lib/staff/federation/provider-client.ts';
import { type Script, scriptedProvider } from '#lib/staff/federation/scripted-provider.ts';
import { addSignInProvider } from '#lib/staff/federation/sign-in-providers.ts';
import { secondFactorWasShown, trustRuleShape } from '#lib/staff/federation/trust-rule.ts';
import { anAttempt, type Member, mainTenant, type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

let staff: StaffFixture;
let scripted: Awaited<ReturnType<typeof scriptedProvider>>;
let other: Awaited<ReturnType<typeof scriptedProvider>>;
let ada: Member;
const machine = systemActor(mainTenant, 'test', ['policies:manage', 'staff:manage']);
const circumstances = { ip: '198.51.100.7', userAgent: 'Test' };

beforeAll(async () => {
  staff = await staffFixture();
  scripted = await scriptedProvider('desk');
  other = await scriptedProvider('desk');
  ada = await staff.addOperator({ roles: ['viewer'] });
  for (const [slug, provider] of [
    ['scripted', scripted],
    ['other', other],
  ] as const)
    await execute(staff.database, addSignInProvider, machine, {
      slug,
      name: `Provider ${slug}`,
      issuer: provider.issuer,
      clientId: 'desk',
      clientSecret: 'a client secret of some length',
      allowance: provider.allowance,
      trust: { acr: ['urn:two'], amr: [], authAgeSecondsMax: 300 },
    });
  await execute(staff.database, linkIdentity, machine, {
    operatorId: ada.id,
    identity: { provider: 'scripted', subject: 'ada' },
  });
});
afterAll(async () => {
  await scripted.close();
  await other.close();
  await staff.close();
});

/** One whole round through the scripted provider; returns whether the desk took the answer. */
async function round(
  script: Script,
  change: { answer?: Record<string, string>; browser?: string; slug?: string } = {},
) {
  const browser = newSecret();
  const url = await beginFederatedSignIn(staff.database, { slug: 'scripted', browser });
  scripted.play(script, url);
  const state = new URL(url).searchParams.get('state') ?? '';
  const answer = new URLSearchParams({ code: 'a-code', state, iss: scripted.issuer, ...change.answer });
  const given = { slug: change.slug ?? 'scripted', browser: change.browser ?? browser, answer, ...circumstances };
  const taken = await takeProviderAnswer(staff.database, given);
  return { taken, browser, url: new URL(url), again: () => takeProviderAnswer(staff.database, given) };
}
const lastWhy = async () => {
  const [row] = await asOwner<{ why: string }>(
    staff.url,
    "SELECT record->>'why' AS why FROM desk_records WHERE outcome = 'failure' ORDER BY created_at DESC, id DESC LIMIT 1",
  );
  return row?.why;
};

describe('an ID token that is not exactly right', () => {
  const foreign = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey;
  const secret = new TextEncoder().encode('a client secret of some length');
  const unsigned = (token: string) => {
    const payload = token.split('.')[1];
    return `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${payload}.`;
  };
  const at = Math.floor(Date.now() / 1000);
  const wrong: [string, () => Script][] = [
    ['[v5.0.0-V6.8.2] alg none', () => ({ mangle: unsigned })],
    [
      '[v5.0.0-V6.8.2] a stripped signature',
      () => ({ mangle: (token) => `${token.split('.').slice(0, 2).join('.')}.` }),
    ],
    ['[v5.0.0-V6.8.2] a key nobody knows', () => ({ key: foreign })],
    ['[v5.0.0-V6.8.2] HS256 with the client secret', () => ({ header: { alg: 'HS256' }, key: secret })],
    [
      '[v5.0.0-V6.8.2] HS256 with the public key',
      () => ({
        header: { alg: 'HS256' },
        key: new Uint8Array(scripted.keys.publicKey.export({ type: 'spki', format: 'der' })),
      }),
    ],
    ['[v5.0.0-V6.8.2] a kid that is not in the key set', () => ({ header: { kid: '../../etc/passwd' } })],
    ['[v5.0.0-V6.8.2] a key it brings along', () => ({ header: { jwk: { kty: 'RSA', n: 'AA', e: 'AQAB' } } })],
    ['[v5.0.0-V6.8.2] a key address it names', () => ({ header: { jku: 'http://127.0.0.1/jwks' } })],
    [
      '[v5.0.0-V6.8.2] a changed payload',
      () => ({ mangle: (token) => token.replace(/\.(.)/, (_, c) => `.${c === 'e' ? 'f' : 'e'}`) }),
    ],
    ['[v5.0.0-V6.8.2] another type of token', () => ({ header: { typ: 'logout+jwt' } })],
    ['[v5.0.0-V6.8.1] the issuer of another provider', () => ({ claims: { iss: other.issuer } })],
    ['[v5.0.0-V6.8.1] the issuer with a slash more', () => ({ claims: { iss: `${scripted.issuer}/` } })],
    ['[v5.0.0-V10.5.4] another audience', () => ({ claims: { aud: 'somebody-else' } })],
    ['[v5.0.0-V10.5.4] no audience', () => ({ claims: { aud: undefined } })],
    ['[v5.0.0-V10.5.4] several audiences, issued to another', () => ({ claims: { aud: ['desk', 'x'], azp: 'x' } })],
    ['[v5.0.0-V10.5.1] another nonce', () => ({ claims: { nonce: 'another' } })],
    ['[v5.0.0-V10.5.1] no nonce', () => ({ claims: { nonce: undefined } })],
    ['expired', () => ({ claims: { iat: at - 500, exp: at - 400 } })],
    ['stale: issued an hour ago, still valid', () => ({ claims: { iat: at - 3_600, exp: at + 3_600 } })],
    ['issued in the future', () => ({ claims: { iat: at + 3_600, exp: at + 7_200 } })],
    ['without an end', () => ({ claims: { exp: undefined } })],
    ['without a subject', () => ({ claims: { sub: undefined } })],
    ['a megabyte long', () => ({ claims: { filler: 'x'.repeat(900_000) } })],
  ];
  test.each(wrong)('%s signs nobody in', async (_what, script) => {
    const { taken, browser } = await round(script());
    expect(taken).toBe(false);
    expect(await findHalfFinished(staff.database, browser)).toBeNull();
    expect(await signInFederated(staff.database, {}, { ...anAttempt(), federated: browser })).toBeNull();
  });

  test('the honest one is taken, with and without a type', async () => {
    expect((await round({})).taken).toBe(true);
    expect((await round({ header: { typ: 'JWT' } })).taken).toBe(true);
  });

  test('[v5.0.0-V6.8.1] the same subject and e-mail at another issuer is somebody else', async () => {
    const browser = newSecret();
    const url = await beginFederatedSignIn(staff.database, { slug: 'other', browser });
    other.play({ claims: { email: ada.email, email_verified: true } }, url);
    const answer = new URLSearchParams({
      code: 'x',
      state: new URL(url).searchParams.get('state') ?? '',
      iss: other.issuer,
    });
    expect(await takeProviderAnswer(staff.database, { slug: 'other', browser, answer, ...circumstances })).toBe(false);
    expect(await lastWhy()).toBe('unlinked_identity');
    // Nor may a second operator be given the first one's account.
    const eve = await staff.addOperator({ roles: ['viewer'] });
    await expect(
      execute(staff.database, linkIdentity, machine, {
        operatorId: eve.id,
        identity: { provider: 'scripted', subject: 'ada' },
      }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the round trip is ours, of this browser, once', () => {
  test('[v5.0.0-V10.1.2] [v5.0.0-V10.2.1] wrong, missing and used state; another browser; another provider', async () => {
    for (const answer of [{ state: 'wrong' }, { state: '' }]) expect((await round({}, { answer })).taken).toBe(false);
    expect((await round({}, { browser: newSecret() })).taken).toBe(false);
    expect((await round({}, { slug: 'other' })).taken).toBe(false);
    const honest = await round({});
    expect(honest.taken).toBe(true);
    expect(await honest.again()).toBe(false);
    expect(await lastWhy()).toBe('state');
    const late = newSecret();
    const url = await beginFederatedSignIn(staff.database, { slug: 'scripted', browser: late });
    await asOwner(staff.url, "UPDATE federated_sign_ins SET expires_at = now() - interval '1 second'");
    scripted.play({}, url);
    const answer = new URLSearchParams({
      code: 'x',
      state: new URL(url).searchParams.get('state') ?? '',
      iss: scripted.issuer,
    });
    expect(
      await takeProviderAnswer(staff.database, { slug: 'scripted', browser: late, answer, ...circumstances }),
    ).toBe(false);
  });

  test('[v5.0.0-V10.2.2] the issuer of the answer has to be the one that was asked (RFC 9207)', async () => {
    for (const iss of [other.issuer, `${scripted.issuer}/`, ''])
      expect((await round({}, { answer: { iss } })).taken, iss).toBe(false);
  });

  test('[v5.0.0-V10.2.1] [v5.0.0-V10.2.3] PKCE with S256, only the scope openid, the verifier sent to the token endpoint', async () => {
    const { url } = await round({});
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: requestedScopes,
      redirect_uri: redirectAddress('scripted'),
    });
    expect(requestedScopes).toBe('openid');
    for (const name of ['state', 'nonce', 'code_challenge']) expect(url.searchParams.get(name)?.length).toBe(43);
    expect(scripted.requests.at(-1)?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  });

  test('[v5.0.0-V10.5.3] a discovery document of another issuer, or with a slash more, is refused', async () => {
    for (const issuer of ['https://evil.example', `${scripted.issuer}/`]) {
      const lying = await scriptedProvider('desk');
      lying.play({ discovery: { issuer } });
      const slug = `lying-${issuer.length}`;
      await execute(staff.database, addSignInProvider, machine, {
        slug,
        name: 'Lying',
        issuer: lying.issuer,
        clientId: 'desk',
        clientSecret: 'x',
        allowance: lying.allowance,
      });
      await expect(beginFederatedSignIn(staff.database, { slug, browser: newSecret() })).rejects.toMatchObject({
        code: 'unavailable',
      });
      await lying.close();
    }
  });
});

describe('what a provider vouched for is no session yet', () => {
  const finish = (browser: string, given: object = {}) =>
    signInFederated(staff.database, given, { ...anAttempt(), federated: browser });

  test('[v5.0.0-V6.3.3] it takes the desk passkey of that very operator, in that very browser', async () => {
    const { browser } = await round({});
    expect(await finish(browser)).toBeNull();
    const grace = await staff.addOperator({ roles: ['viewer'] });
    const ask = () => secondFactorOptions(staff.database, browser);
    expect(await finish(browser, { response: grace.authenticator.assert(await ask(), grace.id) })).toBeNull();
    const options = await ask();
    const response = ada.authenticator.assert(options, ada.id);
    const elsewhere = await round({});
    expect(await finish(elsewhere.browser, { response })).toBeNull();
    const signedIn = await finish(browser, { response: ada.authenticator.assert(await ask(), ada.id) });
    expect(await findDeskSession(staff.database, signedIn?.deskToken ?? '', { extend: false })).toMatchObject({
      operatorId: ada.id,
      way: 'federated',
      tenantId: mainTenant,
    });
    // Finished once.
    await expect(ask()).rejects.toMatchObject({ code: 'gone' });
  });

  test('[v5.0.0-V6.8.4] [v5.0.0-V7.6.1] the provider’s own second factor counts when it keeps the rule; what it does not say counts as nothing', async () => {
    const at = Math.floor(Date.now() / 1000);
    const weak: Record<string, unknown>[] = [
      {},
      { acr: 'urn:one' },
      { acr: 'urn:two', auth_time: undefined },
      { acr: 'urn:two', auth_time: at - 301 },
      { acr: ['urn:two'] },
      { amr: ['mfa'] },
    ];
    for (const claims of weak) {
      const { browser, taken } = await round({ claims });
      expect(taken).toBe(true);
      expect(await finish(browser), JSON.stringify(claims)).toBeNull();
    }
    const strong = await round({ claims: { acr: 'urn:two', auth_time: at } });
    const signedIn = await finish(strong.browser);
    const { session } = await staff.current(signedIn?.deskToken ?? '');
    expect(session).toMatchObject({ way: 'federated', passkeyProofAgeSeconds: null });
  });

  test('a recovery code is a second factor here too, and opens nothing but a new passkey', async () => {
    const { actor } = await staff.current((await staff.signIn(ada)).deskToken);
    const { codes } = await execute(staff.database, renewCodes, actor, {});
    const { browser } = await round({});
    expect(await finish(browser, { code: 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA' })).toBeNull();
    const signedIn = await finish(browser, { code: codes[0] });
    expect((await staff.current(signedIn?.deskToken ?? '')).session.limitedTo).toBe('recovery');
  });

  test('[v5.0.0-V7.6.2] the answer alone, without the click that finishes it, starts no session', async () => {
    const before = await asOwner(staff.url, 'SELECT id FROM operator_sessions');
    await round({ claims: { acr: 'urn:two', auth_time: Math.floor(Date.now() / 1000) } });
    expect(await asOwner(staff.url, 'SELECT id FROM operator_sessions')).toHaveLength(before.length);
  });

  test('[v5.0.0-V10.1.1] no token of the provider is kept anywhere', async () => {
    // One sign-in that waits for its second factor, and one that became a session.
    await round({});
    const strong = await round({ claims: { acr: 'urn:two', auth_time: Math.floor(Date.now() / 1000) } });
    expect(await finish(strong.browser)).not.toBeNull();
    const rows = await asOwner<{ row: string }>(
      staff.url,
      `SELECT f::text AS row FROM federated_sign_ins f UNION ALL SELECT s::text FROM operator_sessions s
       UNION ALL SELECT d::text FROM desk_records d UNION ALL SELECT entry FROM audit_entries`,
    );
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.filter(({ row }) => /eyJ[\w-]+\.eyJ/.test(row))).toEqual([]);
  });
});

test('the trust rule is pure and strict', () => {
  const at = new Date(1_800_000_000_000);
  const now = at.getTime() / 1000;
  const rule = trustRuleShape.parse({ amr: ['pwd', 'hwk'] });
  expect(secondFactorWasShown(rule, { amr: ['hwk', 'pwd'], auth_time: now }, at)).toBe(true);
  expect(secondFactorWasShown(rule, { amr: ['pwd'], auth_time: now }, at)).toBe(false);
  expect(secondFactorWasShown(rule, { amr: 'hwk pwd', auth_time: now }, at)).toBe(false);
  expect(secondFactorWasShown(rule, { amr: ['hwk', 'pwd'], auth_time: now + 3_600 }, at)).toBe(false);
  expect(secondFactorWasShown(trustRuleShape.parse({}), { acr: '', amr: [], auth_time: now }, at)).toBe(false);
});

describe('[v5.0.0-V10.5.5] a logout token', () => {
  const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  const send = async (claims: Record<string, unknown>, header: Record<string, unknown> = {}, key?: Uint8Array) => {
    const at = Math.floor(Date.now() / 1000);
    const full: Record<string, unknown> = {
      iss: scripted.issuer,
      aud: 'desk',
      iat: at,
      exp: at + 120,
      jti: newSecret(),
      sub: 'ada',
      events: event,
      ...claims,
    };
    for (const [name, value] of Object.entries(full)) if (value === undefined) delete full[name];
    const token = await scripted.sign(full, { typ: 'logout+jwt', ...header }, key);
    return { token, ended: await takeLogoutToken(staff.database, { slug: 'scripted', token }) };
  };
  async function federatedSession(sid: string): Promise<string> {
    const { browser } = await round({ claims: { acr: 'urn:two', auth_time: Math.floor(Date.now() / 1000), sid } });
    return (await signInFederated(staff.database, {}, { ...anAttempt(), federated: browser }))?.deskToken ?? '';
  }
  const alive = (token: string) => findDeskSession(staff.database, token, { extend: false });

  test('ends what began with that session there, and nothing else; once', async () => {
    const [one, two] = [await federatedSession('sid-1'), await federatedSession('sid-2')];
    const byPasskey = (await staff.signIn(ada)).deskToken;
    const { token, ended } = await send({ sid: 'sid-1' });
    expect(ended).toBe(1);
    expect(await alive(one)).toBeNull();
    expect(await alive(two)).not.toBeNull();
    expect(await takeLogoutToken(staff.database, { slug: 'scripted', token })).toBeNull();
    expect((await send({})).ended).toBeGreaterThanOrEqual(1);
    expect(await alive(two)).toBeNull();
    expect(await alive(byPasskey)).not.toBeNull();
  });

  test('that is not exactly right ends nothing', async () => {
    const session = await federatedSession('sid-3');
    const at = Math.floor(Date.now() / 1000);
    const secret = new TextEncoder().encode('a client secret of some length');
    expect((await send({}, { alg: 'HS256' }, secret)).ended).toBeNull();
    expect((await send({}, { typ: 'JWT' })).ended).toBeNull();
    for (const claims of [
      { events: undefined },
      { events: { other: {} } },
      { nonce: 'n' },
      { aud: 'x' },
      { iss: other.issuer },
      { sub: undefined },
      { jti: undefined },
      { exp: undefined },
      { exp: at + 86_400 },
      { iat: at - 3_600 },
    ])
      expect((await send(claims)).ended, JSON.stringify(claims)).toBeNull();
    const none = `${Buffer.from('{"alg":"none","typ":"logout+jwt"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`;
    expect(await takeLogoutToken(staff.database, { slug: 'scripted', token: none })).toBeNull();
    expect(await alive(session)).not.toBeNull();
  });
});

test('a sign-in at a real oidc-provider, with its cookies, redirects and keys', async () => {
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] } as never,
    clients: [
      {
        client_id: 'desk',
        client_secret: 'a client secret',
        redirect_uris: [redirectAddress('real')],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    features: { devInteractions: { enabled: false } },
    acrValues: ['urn:two'],
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'] },
    cookies: { keys: [newSecret()] },
    pkce: { required: () => true },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({
        accountId: context.oidc.session?.accountId ?? '',
        clientId: 'desk',
      });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/'))
      void provider.interactionFinished(request, response, {
        login: { accountId: 'grace', acr: 'urn:two', amr: ['pwd', 'otp'] },
      });
    else void answer(request, response);
  });
  await execute(staff.database, addSignInProvider, machine, {
    slug: 'real',
    name: 'Real',
    issuer,
    clientId: 'desk',
    clientSecret: 'a client secret',
    allowance: { networks: ['127.0.0.0/8'], ports: [port], plainHttp: true },
    trust: { acr: ['urn:two'] },
  });
  const grace = await staff.addOperator({ roles: ['viewer'] });
  await execute(staff.database, linkIdentity, machine, {
    operatorId: grace.id,
    identity: { provider: 'real', subject: 'grace' },
  });

  const browser = newSecret();
  let at = await beginFederatedSignIn(staff.database, { slug: 'real', browser });
  const jar = new Map<string, string>();
  while (!at.startsWith(redirectAddress('real'))) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const step = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const line of step.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const next = step.headers.get('location');
    if (!next) throw new Error(`the provider stopped at ${at}: ${step.status} ${await step.text()}`);
    at = new URL(next, at).href;
  }
  const given = { slug: 'real', browser, answer: new URL(at).searchParams, ...circumstances };
  expect(given.answer.get('iss')).toBe(issuer);
  expect(await takeProviderAnswer(staff.database, given)).toBe(true);
  expect(await findHalfFinished(staff.database, browser)).toMatchObject({
    operatorId: grace.id,
    secondFactorShown: true,
  });
  const signedIn = await signInFederated(staff.database, {}, { ...anAttempt(), federated: browser });
  expect((await staff.current(signedIn?.deskToken ?? '')).session.operatorId).toBe(grace.id);
  server.closeAllConnections();
  server.close();
});
