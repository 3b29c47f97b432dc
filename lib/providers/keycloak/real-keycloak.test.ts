import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonObject, MappedEvent } from '#lib/model/event.ts';
import type { Connection, PulledPage, PullLog } from '#lib/providers/definition.ts';
import { keycloak } from '#lib/providers/keycloak/keycloak.ts';
import { connectKeycloak, keycloakFields, keycloakPulls } from '#lib/providers/keycloak/keycloak-api.ts';

/** Where a Keycloak was unpacked (any release since 24; needs Java). Without it these tests are skipped, and say so. */
const home = process.env.KEYCLOAK_HOME;
const admin = { username: 'admin', password: 'admin-of-a-test' };
const password = 'correct horse battery';

let server: ChildProcess;
let base: string;
let connection: Connection;
const signal = AbortSignal.timeout(240_000);

describe.skipIf(!home)('a real Keycloak', () => {
  beforeAll(async () => {
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    // Its database is in memory, so nothing of this stays in KEYCLOAK_HOME.
    server = spawn(
      path.join(home ?? '', 'bin', 'kc.sh'),
      ['start-dev', '--db=dev-mem', '--http-host=127.0.0.1', `--http-port=${port}`],
      {
        env: {
          ...process.env,
          KC_BOOTSTRAP_ADMIN_USERNAME: admin.username,
          KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
        },
        stdio: 'ignore',
      },
    );
    await untilItAnswers(`${base}/realms/master`);
    connection = {
      baseUrl: base,
      secret: JSON.stringify({ realm: 'acme', clientId: 'gatehouse', clientSecret: 'of-a-test' }),
      allowance: { networks: ['127.0.0.0/8'], ports: [port], plainHttp: true },
    };
    await makeRealm();
  }, 180_000);
  afterAll(async () => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await gone;
  });

  it('lets its logs be read, and every record of them be mapped', async () => {
    const [ada, ben] = await Promise.all([userId('ada'), userId('ben')]);
    await signIn('ada', 'wrong');
    await signIn('nobody', 'wrong');
    const { refresh_token: refresh } = await signIn('ada', password);
    await form('logout', { client_id: 'wiki', refresh_token: String(refresh) });
    await form('token', { grant_type: 'authorization_code', client_id: 'wiki', code: 'a.b.c', redirect_uri: base });
    await ask('PUT', `/acme/users/${ben}/reset-password`, { type: 'password', value: 'another', temporary: true });
    await ask('PUT', `/acme/users/${ben}`, { enabled: false });
    await signIn('ben', 'another');
    await ask('POST', `/acme/users/${ada}/logout`);
    await ask('POST', '/acme/logout-all');

    const users = await readAll(keycloakPulls[0]);
    const told = users.map(({ type, outcome, reason, person }) => [type, outcome, reason, person?.subject ?? null]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['sign_in', 'failure', 'invalid_credentials', ada],
        ['sign_in', 'failure', 'unknown_user', 'unknown:nobody'],
        ['sign_in', 'success', null, ada],
        ['sign_out', 'success', null, ada],
        ['sign_in', 'failure', 'account_disabled', ben],
      ]),
    );
    const signedIn = users.find(
      ({ type, outcome, person }) => `${type} ${outcome} ${person?.subject}` === `sign_in success ${ada}`,
    );
    const signedOut = users.find(({ type }) => type === 'sign_out');
    expect(signedIn).toMatchObject({
      client: 'wiki',
      ip: '127.0.0.1',
      person: { displayName: 'ada', accountType: 'human' },
    });
    expect(signedIn?.sourceSessionId).toMatch(/./);
    expect(signedOut?.sourceSessionId).toBe(signedIn?.sourceSessionId);
    expect(users.filter(({ person, sourceSessionId }) => person === null && sourceSessionId !== null)).toEqual([]);
    expect(users.filter(({ type }) => type === 'other')).toEqual([]);

    const acts = await readAll(keycloakPulls[1]);
    expect(acts.map(({ type, person, actor }) => [type, person?.subject ?? null, actor !== null])).toEqual(
      expect.arrayContaining([
        ['account_created', ada, true],
        ['password_reset', ben, true],
        ['account_disabled', ben, true],
        ['session_revoked', ada, true],
        ['session_revoked', null, true],
      ]),
    );
  });

  it('ends the session that was asked for, and only that one', async () => {
    const desk = connectKeycloak(connection);
    expect(await desk.test(signal)).toMatchObject({ ok: true });
    const [mine, other] = [await signIn('ada', password), await signIn('ada', password)];
    const offline = await signIn('ada', password, 'openid offline_access');
    const [session, otherSession, offlineSession] = [mine, other, offline].map(sessionOf) as [string, string, string];
    const listed = await desk.listSessions?.({ subject: await userId('ada') }, signal);
    expect(listed?.sessions.map(({ sourceSessionId }) => sourceSessionId)).toEqual(
      expect.arrayContaining([session, otherSession]),
    );
    expect(await desk.lookUpSession?.(session, signal)).toMatchObject({ alive: true, clients: ['wiki'] });
    expect(await desk.lookUpSession?.(offlineSession, signal)).toMatchObject({ alive: true });

    expect(await desk.endSession?.(session, signal)).toMatchObject({ outcome: 'accepted' });
    expect(await desk.endSession?.(session, signal)).toMatchObject({ outcome: 'gone', status: 404 });
    expect(await desk.lookUpSession?.(session, signal)).toBeNull();
    expect(await refresh(mine)).toMatchObject({ error: 'invalid_grant' });
    expect(await refresh(other)).toHaveProperty('access_token');

    expect(await desk.endSession?.(offlineSession, signal)).toMatchObject({ outcome: 'accepted' });
    expect(await refresh(offline)).toMatchObject({ error: 'invalid_grant' });
    const ended = (await readAll(keycloakPulls[1])).filter(
      ({ providerType }) => providerType === 'DELETE USER_SESSION',
    );
    expect(ended.map(({ sourceSessionId }) => sourceSessionId)).toEqual(
      expect.arrayContaining([session, offlineSession]),
    );
  });
});

/** Reads a log as the worker does, from nothing to its present end. */
async function readAll(pull: PullLog | undefined): Promise<MappedEvent[]> {
  const from = new Date(Date.now() - 86_400_000);
  const events: MappedEvent[] = [];
  let cursor: JsonObject | null = null;
  for (;;) {
    const page: PulledPage | undefined = await pull?.read({ connection, cursor, from, signal });
    if (!page) return events;
    events.push(...(JSON.parse(page.body.toString()) as JsonObject[]).map((record) => keycloak.map(record)));
    if (!page.more) return events;
    cursor = page.cursor;
  }
}

async function makeRealm(): Promise<void> {
  await ask('POST', '', {
    realm: 'acme',
    enabled: true,
    eventsEnabled: true,
    adminEventsEnabled: true,
    adminEventsDetailsEnabled: true,
  });
  await ask('POST', '/acme/clients', {
    clientId: 'gatehouse',
    secret: 'of-a-test',
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
  });
  await ask('POST', '/acme/clients', {
    clientId: 'wiki',
    publicClient: true,
    directAccessGrantsEnabled: true,
    redirectUris: [`${base}/*`],
  });
  const [desk] = (await ask('GET', '/acme/clients?clientId=gatehouse')) as [{ id: string }];
  const [management] = (await ask('GET', '/acme/clients?clientId=realm-management')) as [{ id: string }];
  const roles = (await ask('GET', `/acme/clients/${management.id}/roles`)) as { name: string }[];
  const account = (await ask('GET', `/acme/clients/${desk.id}/service-account-user`)) as { id: string };
  // The roles that the connection's hint names, and no other.
  await ask(
    'POST',
    `/acme/users/${account.id}/role-mappings/clients/${management.id}`,
    roles.filter(({ name }) => keycloakFields.some(({ hint }) => hint?.includes(` ${name}`))),
  );
  for (const username of ['ada', 'ben'])
    await ask('POST', '/acme/users', {
      username,
      firstName: username,
      lastName: 'Example',
      email: `${username}@example.org`,
      emailVerified: true,
      enabled: true,
      credentials: [{ type: 'password', value: password }],
    });
}

async function userId(username: string): Promise<string> {
  const [user] = (await ask('GET', `/acme/users?exact=true&username=${username}`)) as [{ id: string }];
  return user.id;
}

/** As the administrator, who is somebody else than the desk. */
async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const token = await post(`${base}/realms/master/protocol/openid-connect/token`, {
    grant_type: 'password',
    client_id: 'admin-cli',
    ...admin,
  });
  const response = await fetch(`${base}/admin/realms${path}`, {
    method,
    headers: { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

const form = (endpoint: string, fields: Record<string, string>) =>
  post(`${base}/realms/acme/protocol/openid-connect/${endpoint}`, fields);
const signIn = (username: string, secret: string, scope = 'openid') =>
  form('token', { grant_type: 'password', client_id: 'wiki', username, password: secret, scope });
const refresh = (tokens: Record<string, unknown>) =>
  form('token', { grant_type: 'refresh_token', client_id: 'wiki', refresh_token: String(tokens.refresh_token) });

async function post(url: string, fields: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  const text = await response.text();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** The session an access token belongs to. It came straight from the server of this test, so nothing is verified. */
function sessionOf(tokens: Record<string, unknown>): string {
  const payload = String(tokens.access_token).split('.')[1] ?? '';
  return String((JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid?: string }).sid);
}

async function untilItAnswers(url: string): Promise<void> {
  const answers = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  await vi.waitUntil(answers, { timeout: 170_000, interval: 500 });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const taken = createServer().listen(0, '127.0.0.1', () => {
      const { port } = taken.address() as AddressInfo;
      taken.close(() => resolve(port));
    });
  });
}
