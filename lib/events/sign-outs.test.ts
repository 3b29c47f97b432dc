import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { findSession, listSessions } from '#lib/events/list-sessions.ts';
import { openProvider } from '#lib/events/providers.ts';
import { lastSignOut, outlivedSignOut } from '#lib/events/read-sign-outs.ts';
import { checkViews } from '#lib/events/rebuild-views.ts';
import { setRetention } from '#lib/events/retention.ts';
import { runRetention } from '#lib/events/run-retention.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import type { Condition } from '#lib/kernel/db/listing.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { eventTypes, type JsonObject } from '#lib/model/event.ts';
import { introspectSession } from '#lib/revocation/introspect.ts';

let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let maintenance: Database;
beforeAll(async () => {
  made = await testDatabase();
  const options = { url: made.url, name: 'test', connections: 6, statementTimeoutMs: 30_000 };
  database = openDatabase(options);
  maintenance = openDatabase({ ...options, role: 'gatehouse_retention' });
});
afterAll(async () => {
  await database?.close();
  await maintenance?.close();
  await made?.close();
});

const base = Date.now() - 3_600_000;
const at = (minutes: number) => new Date(base + minutes * 60_000);
const newTenant = () => systemActor(randomUUID(), 'test', ['policies:manage']);

async function append(actor: Actor, slug: string, records: readonly JsonObject[]) {
  const { provider, definition } = await openProvider(database, actor, slug);
  const summary = await appendRecords(
    { database, tenantId: actor.tenantId, provider, definition, findPlace: () => nowhere, receivedAt: new Date() },
    splitRecords(Buffer.from(JSON.stringify(records))),
  );
  expect(summary.problems).toEqual([]);
}

/** What became of each session: when it ended, in minutes, and how. */
async function ends(actor: Actor): Promise<Record<string, string>> {
  const rows = await asOwner<{ session: string; minutes: number | null; reason: string | null }>(
    made.url,
    `SELECT source_session_id AS session, round(extract(epoch FROM ended_at - $2::timestamptz) / 60)::int AS minutes, end_reason AS reason
     FROM sessions WHERE tenant_id = $1 ORDER BY source_session_id`,
    [actor.tenantId, at(0)],
  );
  return Object.fromEntries(
    rows.map(({ session, minutes, reason }) => [session, minutes === null ? 'live' : `${reason} at ${minutes}`]),
  );
}
async function expectRebuild(actor: Actor) {
  const verdicts = await maintenance.inTenant(actor.tenantId, (tx) => checkViews(tx, actor.tenantId));
  expect(verdicts.filter(({ different }) => different > 0)).toEqual([]);
}

const ocsf = (minutes: number, what: JsonObject, session: string | null, more: JsonObject = {}): JsonObject => ({
  class_uid: 3002,
  status_id: 1,
  time: at(minutes).getTime(),
  metadata: { uid: randomUUID() },
  user: { uid: 'ada', type_id: 1 },
  ...(session ? { session: { uid: session } } : {}),
  ...what,
  ...more,
});
const signIn = { activity_id: 1 };
const token = { activity_id: 5 };
const named = (activity_name: string): JsonObject => ({ activity_id: 99, activity_name });
const everywhere = (minutes: number, until = minutes): JsonObject => ({
  ...named('session_revoked'),
  unmapped: { gatehouse: { ends_sessions_until: at(until).toISOString() } },
});

describe('records of providers', () => {
  const keycloak = (minutes: number, type: string, session: string, more: JsonObject = {}): JsonObject => ({
    id: `${type} ${session} ${minutes}`,
    time: at(minutes).getTime(),
    type,
    realmId: 'acme',
    clientId: 'shop',
    userId: 'ada',
    sessionId: session,
    ipAddress: '203.0.113.7',
    ...more,
  });
  const okta = (minutes: number, eventType: string, session: string, more: JsonObject = {}): JsonObject => ({
    uuid: `${eventType} ${session} ${minutes}`,
    published: at(minutes).toISOString(),
    eventType,
    actor: { id: 'ada', type: 'User', alternateId: 'ada@acme.example' },
    outcome: { result: 'SUCCESS' },
    authenticationContext: { externalSessionId: session },
    target: [],
    ...more,
  });
  const auth0 = (minutes: number, type: string, more: JsonObject): JsonObject => ({
    log_id: `${type} ${minutes} ${JSON.stringify(more).length}`,
    date: at(minutes).toISOString(),
    type,
    hostname: 'acme.eu.auth0.example',
    client_id: 'shop',
    user_id: 'auth0|ada',
    ...more,
  });
  const set = (minutes: number, event: string, subject: JsonObject): JsonObject => ({
    iss: 'https://id.example.org',
    jti: `${event} ${minutes} ${JSON.stringify(subject).length}`,
    iat: at(minutes).getTime() / 1000,
    aud: 'desk',
    sub_id: subject,
    events: {
      [`https://schemas.openid.net/secevent/${event}`]: { event_timestamp: Math.floor(at(minutes).getTime() / 1000) },
    },
  });
  const user: JsonObject = { format: 'iss_sub', iss: 'https://id.example.org', sub: 'ada' };
  const userIn = (id: string): JsonObject => ({ format: 'complex', user, session: { format: 'opaque', id } });

  test.each<[string, JsonObject[], Record<string, string>]>([
    [
      'keycloak',
      [
        keycloak(0, 'LOGIN', 'one'),
        keycloak(1, 'LOGIN', 'two'),
        {
          id: 'admin',
          time: at(10).getTime(),
          realmId: 'acme',
          operationType: 'ACTION',
          resourceType: 'USER',
          resourcePath: 'users/ada/logout',
          authDetails: { userId: 'root', ipAddress: '203.0.113.1' },
        },
        // What a dead session's client still tries says nothing of life.
        keycloak(12, 'REFRESH_TOKEN_ERROR', 'one', { error: 'invalid_token' }),
        keycloak(15, 'LOGIN', 'three'),
      ],
      { one: 'signed_out_everywhere at 10', two: 'signed_out_everywhere at 10', three: 'live' },
    ],
    [
      'okta',
      [
        okta(0, 'user.session.start', 'one'),
        okta(1, 'user.session.start', 'two'),
        okta(10, 'user.session.clear', 'of-root', {
          actor: { id: 'root', type: 'User', alternateId: 'root@acme.example' },
          target: [{ id: 'ada', type: 'User', alternateId: 'ada@acme.example' }],
        }),
        // Identity Engine names each in a record of its own afterwards.
        okta(11, 'user.session.end', 'one'),
      ],
      { one: 'signed_out_everywhere at 10', two: 'signed_out_everywhere at 10' },
    ],
    [
      'okta',
      [
        okta(0, 'user.session.start', 'here'),
        okta(1, 'user.session.start', 'elsewhere'),
        okta(10, 'user.session.clear', 'here', { target: [{ id: 'ada', type: 'User' }] }),
      ],
      { here: 'live', elsewhere: 'signed_out_everywhere at 10' },
    ],
    [
      'auth0',
      [
        auth0(0, 's', { session_id: 'one' }),
        auth0(1, 's', { session_id: 'two' }),
        auth0(10, 'sapi', {
          user_id: 'root',
          details: {
            request: { method: 'delete', path: '/api/v2/users/auth0%7Cada/sessions' },
            response: { statusCode: 202 },
          },
        }),
        auth0(15, 's', { session_id: 'three' }),
      ],
      { one: 'signed_out_everywhere at 10', two: 'signed_out_everywhere at 10', three: 'live' },
    ],
    [
      'entra',
      [
        {
          id: 'sign-in',
          createdDateTime: at(0).toISOString(),
          userId: 'ada',
          userPrincipalName: 'ada@acme.example',
          appDisplayName: 'Mail',
          sessionId: 'one',
          status: { errorCode: 0 },
          isInteractive: true,
        },
        {
          id: 'audit',
          activityDateTime: at(10).toISOString(),
          activityDisplayName: 'Update StsRefreshTokenValidFrom Timestamp',
          result: 'success',
          initiatedBy: { user: { id: 'root', userPrincipalName: 'root@acme.example' } },
          targetResources: [
            {
              id: 'ada',
              type: 'User',
              userPrincipalName: 'ada@acme.example',
              modifiedProperties: [
                { displayName: 'StsRefreshTokensValidFrom', newValue: `["${at(9).toISOString()}"]` },
              ],
            },
          ],
        },
      ],
      { one: 'signed_out_everywhere at 10' },
    ],
    [
      'ssf',
      [
        set(0, 'caep/event-type/session-established', userIn('one')),
        set(1, 'caep/event-type/session-established', userIn('two')),
        set(10, 'caep/event-type/session-revoked', user),
        // The transmitter still saw this one: it was not reached.
        set(12, 'caep/event-type/session-presented', userIn('two')),
      ],
      { one: 'signed_out_everywhere at 10', two: 'live' },
    ],
    [
      'ssf',
      [
        set(0, 'caep/event-type/session-established', userIn('one')),
        set(10, 'caep/event-type/session-revoked', {
          format: 'complex',
          user,
          device: { format: 'opaque', id: 'laptop' },
        }),
      ],
      { one: 'live' },
    ],
  ])('of %s end what they say and nothing else', async (slug, records, expected) => {
    const actor = newTenant();
    for (const record of records) await append(actor, slug, [record]);
    expect(await ends(actor)).toEqual(expected);
    await expectRebuild(actor);
  });
});

test('whatever the order of arrival, the same sessions end at the same times', async () => {
  const records = [
    ocsf(0, signIn, 'early'),
    // Tells of the session before its sign-in does, and of its person too: nobody is named here.
    ocsf(2, named('session_ended'), 'named', { user: null }),
    ocsf(1, signIn, 'named'),
    ocsf(10, everywhere(10), null),
    ocsf(12, token, 'used later'),
    ocsf(3, signIn, 'used later'),
  ];
  const expected = { early: 'signed_out_everywhere at 10', named: 'ended at 2', 'used later': 'live' };
  for (const order of orders(records)) {
    const actor = newTenant();
    for (const record of order) await append(actor, 'ocsf', [record]);
    expect(await ends(actor)).toEqual(expected);
  }
}, 120_000);

/** Every order of some things, one in six of them: each thing has been first, last and everywhere between. */
function orders<Thing>(things: readonly Thing[]): Thing[][] {
  const all = (left: readonly Thing[]): Thing[][] =>
    left.length < 2
      ? [[...left]]
      : left.flatMap((first, index) => all(left.toSpliced(index, 1)).map((rest) => [first, ...rest]));
  return all(things).filter((_, index) => index % 6 === index % 5);
}

test('a late use brings a session back, says so, and is found; a later sign-out ends it after all', async () => {
  const actor = newTenant();
  const { tenantId } = actor;
  await append(actor, 'ocsf', [ocsf(0, signIn, 'phone'), ocsf(1, signIn, 'laptop'), ocsf(10, everywhere(10), null)]);
  const listed = (...conditions: Condition[]) =>
    database.inTenant(tenantId, async (tx) =>
      (await listSessions(tx, tenantId, { conditions, cursor: null, limit: 50 })).rows.map(
        (row) => row.sourceSessionId,
      ),
    );
  const is = (field: string, ...value: string[]): Condition => ({ field, op: 'is', value });
  const active = async (token: string) =>
    (await database.inTenant(tenantId, (tx) => introspectSession(tx, tenantId, { token }))).active;
  expect(await listed(is('state', 'live'))).toEqual([]);
  expect(await listed(is('state', 'revoked'), is('signOut', 'reached'))).toEqual(['laptop', 'phone']);
  expect(await listed(is('signOut', 'outlived'))).toEqual([]);
  expect(await active('phone')).toBe(false);

  await append(actor, 'ocsf', [ocsf(11, token, 'phone')]);
  expect(await ends(actor)).toEqual({ laptop: 'signed_out_everywhere at 10', phone: 'live' });
  expect(await listed(is('signOut', 'outlived'))).toEqual(['phone']);
  expect(await active('phone')).toBe(true);
  const [phone] = await asOwner<{ id: string; person: string }>(
    made.url,
    `SELECT id::text, person_id::text AS person FROM sessions WHERE tenant_id = $1 AND source_session_id = 'phone'`,
    [tenantId],
  );
  await database.inTenant(tenantId, async (tx) => {
    expect(await findSession(tx, tenantId, phone?.id ?? '')).toMatchObject({ state: 'live', endedAt: null });
    expect(await outlivedSignOut(tx, tenantId, phone?.id ?? '')).toEqual({
      at: at(10).toISOString(),
      usedAt: at(11).toISOString(),
      isWhereAsked: false,
    });
    expect(await lastSignOut(tx, tenantId, phone?.person ?? '')).toEqual({
      at: at(10).toISOString(),
      outlivedBy: 1,
      event: { id: expect.any(String), occurredAt: at(10).toISOString() },
    });
  });

  await append(actor, 'ocsf', [ocsf(20, everywhere(20), null)]);
  expect(await ends(actor)).toEqual({
    laptop: 'signed_out_everywhere at 10',
    phone: 'signed_out_everywhere at 20',
  });
  await expectRebuild(actor);
  // Had one of them not ended, or a sign-out been lost, the rebuild would find it.
  await asOwner(made.url, `UPDATE sessions SET ended_at = NULL, end_reason = NULL WHERE id = $1`, [phone?.id]);
  await asOwner(made.url, 'DELETE FROM sign_outs WHERE tenant_id = $1 AND at = $2', [tenantId, at(20)]);
  const verdicts = await maintenance.inTenant(tenantId, (tx) => checkViews(tx, tenantId));
  expect(verdicts.filter(({ different }) => different > 0)).toMatchObject([
    { view: 'sign_outs', different: 1 },
    { view: 'sessions', different: 1, ids: [phone?.id] },
  ]);
});

test('a time that the event names narrows what ended, and one beyond the event widens nothing', async () => {
  const actor = newTenant();
  await append(actor, 'ocsf', [
    ocsf(0, signIn, 'before'),
    ocsf(8, signIn, 'between'),
    ocsf(10, everywhere(10, 5), null),
    { ...ocsf(20, everywhere(20, 40), null), user: { uid: 'grace', type_id: 1 } },
    { ...ocsf(30, signIn, 'of grace, later'), user: { uid: 'grace', type_id: 1 } },
  ]);
  expect(await ends(actor)).toEqual({
    before: 'signed_out_everywhere at 10',
    between: 'live',
    'of grace, later': 'live',
  });
});

test('a provider speaks for itself and for others of its issuer, not for an application that knows the same person', async () => {
  const actor = newTenant();
  const issuer = 'https://id.example.org';
  for (const [slug, of] of [
    ['log', issuer],
    ['signals', issuer],
    ['portal', 'urn:portal'],
  ])
    await asOwner(
      made.url,
      `INSERT INTO providers (tenant_id, id, slug, kind, name, issuer) VALUES ($1, $2, $3, 'ocsf', $3, $4)`,
      [actor.tenantId, randomUUID(), slug, of],
    );
  const of = (session: string): JsonObject => ({ session: { uid: session, issuer } });
  await append(actor, 'log', [ocsf(0, signIn, null, of('at the provider'))]);
  await append(actor, 'portal', [ocsf(0, signIn, null, of('in the application'))]);
  await append(actor, 'signals', [ocsf(10, everywhere(10), null, { session: { issuer } })]);
  expect(await ends(actor)).toEqual({
    'at the provider': 'signed_out_everywhere at 10',
    'in the application': 'live',
  });
  await expectRebuild(actor);
});

test('when retention has taken the sign-out away, the views tell of it no more', async () => {
  const actor = newTenant();
  await append(actor, 'ocsf', [
    ocsf(-6 * 1440, everywhere(-6 * 1440), null),
    ocsf(-7 * 1440, signIn, 'old'),
    ocsf(0, signIn, 'new'),
  ]);
  expect((await ends(actor)).old).toMatch(/^signed_out_everywhere/);
  await execute(database, setRetention, actor, { eventType: 'session_revoked', keepDays: 2 });
  await runRetention(maintenance, actor);
  expect(await ends(actor)).toEqual({ new: 'live', old: 'live' });
  await expectRebuild(actor);
});

test('sign-outs, sign-ins and records that name nobody, all at once, leave what a rebuild gives', async () => {
  const actor = newTenant();
  await append(actor, 'ocsf', [ocsf(0, signIn, 's0')]);
  for (let round = 0; round < 30; round += 1) {
    const minute = 2 + round * 3;
    await Promise.all([
      append(actor, 'ocsf', [ocsf(minute, everywhere(minute), null)]),
      append(actor, 'ocsf', [ocsf(minute - 2, signIn, `s${round + 1}`)]),
      append(actor, 'ocsf', [ocsf(minute - 1, token, `s${round}`)]),
      append(actor, 'ocsf', [ocsf(minute - 1, named('risk_detected'), `s${round + 1}`, { user: null })]),
    ]);
  }
  await expectRebuild(actor);
}, 60_000);

test('ten thousand sessions of one person end in a moment, and one more record of theirs costs no more than any', async () => {
  const actor = newTenant();
  const sessions = Array.from({ length: 10_000 }, (_, index) => ocsf(0, signIn, `s${index}`));
  for (let from = 0; from < sessions.length; from += 2_500)
    await append(actor, 'ocsf', sessions.slice(from, from + 2_500));
  const timed = async (records: JsonObject[]) => {
    const started = performance.now();
    await append(actor, 'ocsf', records);
    return performance.now() - started;
  };
  const all = await timed([ocsf(10, everywhere(10), null)]);
  const [row] = await asOwner<{ n: number }>(
    made.url,
    `SELECT count(*)::int AS n FROM sessions WHERE tenant_id = $1 AND end_reason = 'signed_out_everywhere'`,
    [actor.tenantId],
  );
  expect(row?.n).toBe(10_000);
  const [again, more] = [await timed([ocsf(11, everywhere(11), null)]), await timed([ocsf(5, token, 's77')])];
  // Ample for a busy machine; a row at a time would take minutes.
  expect(all).toBeLessThan(8_000);
  expect(again).toBeLessThan(4_000);
  expect(more).toBeLessThan(1_000);
}, 120_000);

// Last: it writes to every tenant's sessions, as the migration does.
test('the migration gives sessions of before what they would have been given had it always been there', async () => {
  const actor = newTenant();
  await append(actor, 'ocsf', [
    ...eventTypes.map((type) => ocsf(0, named(type), `only ${type}`)),
    ocsf(0, signIn, 'over'),
    ocsf(1, named('session_ended'), 'over'),
    ocsf(2, signIn, 'failed', { status_id: 2 }),
    ocsf(2, token, 'failed', { status_id: 2 }),
  ]);
  await asOwner(
    made.url,
    'UPDATE sessions SET used_at = NULL, own_ended_at = NULL, own_end_reason = NULL WHERE tenant_id = $1',
    [actor.tenantId],
  );
  const migration = new URL('../../prisma/migrations/20261129200000_sign_outs/migration.sql', import.meta.url);
  const [, filling = ''] = /^(UPDATE "sessions".*)/ms.exec(readFileSync(migration, 'utf8')) ?? [];
  await asOwner(made.url, filling);
  await expectRebuild(actor);
});
