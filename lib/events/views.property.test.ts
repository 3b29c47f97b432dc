import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendRecords } from '#lib/events/append.ts';
import { erasePerson } from '#lib/events/erase-person.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { checkViews } from '#lib/events/rebuild-views.ts';
import { placeHold, releaseHold, setRetention } from '#lib/events/retention.ts';
import { runRetention } from '#lib/events/run-retention.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

// Whatever comes in whatever order, twice or by several providers, whoever is signed out everywhere, erased, held or retired in between:
// after every step the views are what a rebuild from the events gives, and sessions ended when a reckoning of its own says. Every value comes from a few, so that times, names and sessions meet.
const day = 86_400_000;
const base = Date.now();
// Ahead of the clock, too: what a fast clock wrote was seen when it came in.
const moments = [-3_600_000, -1_000, 0, 1, 1_000, 3 * day, 40 * day, 800 * day, 1_200 * day];
// Beyond U+FFFF the order of JavaScript's strings is not that of their bytes.
const names = ['Ada', 'ada', 'Zoë', '\u{1D49C}da', '\uFF76da', null];
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0',
  null,
];
const kinds = {
  'sign-in': { class_uid: 3002, activity_id: 1, status_id: 1 },
  'failed sign-in': { class_uid: 3002, activity_id: 1, status_id: 2 },
  'sign-out': { class_uid: 3002, activity_id: 2, status_id: 1 },
  'failed sign-out': { class_uid: 3002, activity_id: 2, status_id: 2 },
  token: { class_uid: 3002, activity_id: 3, status_id: 1 },
  revoked: { class_uid: 3002, activity_id: 99, activity_name: 'session_revoked', status_id: 1 },
  ended: { class_uid: 3002, activity_id: 99, activity_name: 'session_ended', status_id: 1 },
  'token revoked': { class_uid: 3002, activity_id: 99, activity_name: 'token_revoked', status_id: 1 },
  everywhere: { class_uid: 3002, activity_id: 99, activity_name: 'session_revoked', status_id: 1 },
  'everywhere, failed': { class_uid: 3002, activity_id: 99, activity_name: 'session_revoked', status_id: 2 },
} as const;

/** The twin is another provider of the same issuer as the first: a stream of signals beside a log. */
const slugs = ['ocsf', 'other', 'twin'] as const;

const given = fc.record({
  uid: fc.nat(60),
  provider: fc.constantFrom(...slugs),
  // Signed out everywhere more often than by chance, and in most cases without a session.
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])) },
    { weight: 1, arbitrary: fc.constant('everywhere' as const) },
  ),
  until: fc.constantFrom(...moments),
  ago: fc.constantFrom(...moments),
  person: fc.option(fc.nat(3), { nil: null }),
  name: fc.constantFrom(...names),
  email: fc.constantFrom('a@example.org', 'b@example.org', null),
  accountType: fc.constantFrom(0, 1, 4, 99),
  session: fc.option(fc.nat(3), { nil: null }),
  ip: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', null),
  device: fc.constantFrom('d1', 'd2', null),
  agent: fc.constantFrom(...agents),
  client: fc.constantFrom('Mail', 'Payroll', null),
  by: fc.constantFrom('admin', null, null),
});
type Given = typeof given extends fc.Arbitrary<infer Value> ? Value : never;
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      after: fc.constantFrom(0, 2_000),
      records: fc.array(given, { minLength: 1, maxLength: 25 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), person: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hold' as const), person: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('retire' as const),
      type: fc.constantFrom('*', 'sign_out', 'session_revoked'),
      days: fc.constantFrom(2, 30, 900),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let maintenance: Database;
beforeAll(async () => {
  made = await testDatabase();
  const options = { url: made.url, name: 'test', connections: 2, statementTimeoutMs: 60_000 };
  database = openDatabase(options);
  maintenance = openDatabase({ ...options, role: 'gatehouse_retention' });
});
afterAll(async () => {
  await database?.close();
  await maintenance?.close();
  await made?.close();
});

const some = (name: string, value: unknown) => (value === null ? {} : { [name]: value });
const recordOf = (one: Given) => ({
  ...kinds[one.kind],
  ...(one.kind.startsWith('everywhere')
    ? { unmapped: { gatehouse: { ends_sessions_until: new Date(base - one.until).toISOString() } } }
    : {}),
  time: base - one.ago,
  metadata: { uid: `e${one.uid}` },
  ...some(
    'user',
    one.person === null
      ? null
      : {
          uid: `u${one.person}`,
          type_id: one.accountType,
          type: 'Workload',
          ...some('full_name', one.name),
          ...some('email_addr', one.email),
        },
  ),
  session: { issuer: 'https://id.example.org', ...some('uid', one.session === null ? null : `s${one.session}`) },
  ...some('src_endpoint', one.ip && { ip: one.ip }),
  ...some('device', one.device && { uid: one.device }),
  ...some('http_request', one.agent && { user_agent: one.agent }),
  ...some('service', one.client && { name: one.client }),
  ...some('actor', one.by && { user: { uid: one.by } }),
});

async function append(actor: Actor, slug: string, records: readonly Given[], after: number) {
  if (records.length === 0) return;
  const { provider, definition } = await openProvider(database, actor, slug);
  const findPlace = (ip: string) => ({ ...nowhere, country: ip.endsWith('1') ? 'DE' : 'FR' });
  await appendRecords(
    { database, tenantId: actor.tenantId, provider, definition, findPlace, receivedAt: new Date(base + after) },
    splitRecords(Buffer.from(JSON.stringify(records.map(recordOf)))),
  );
}

async function take(actor: Actor, one: Step): Promise<void> {
  const { tenantId } = actor;
  const personId = async (person: number) =>
    (
      await asOwner<{ id: string }>(made.url, 'SELECT id::text FROM people WHERE tenant_id = $1 AND subject = $2', [
        tenantId,
        `u${person}`,
      ])
    )[0]?.id;
  switch (one.do) {
    case 'append':
      for (const slug of slugs)
        await append(
          actor,
          slug,
          one.records.filter(({ provider }) => provider === slug),
          one.after,
        );
      return;
    case 'hold': {
      const id = await personId(one.person);
      if (id) await execute(database, placeHold, actor, { reason: 'Court order', personId: id });
      return;
    }
    case 'release':
      for (const { id } of await asOwner<{ id: string }>(
        made.url,
        'SELECT id::text FROM legal_holds WHERE tenant_id = $1 AND released_at IS NULL',
        [tenantId],
      ))
        await execute(database, releaseHold, actor, { id });
      return;
    case 'erase': {
      const id = await personId(one.person);
      const erasing = id ? execute(maintenance, erasePerson, actor, { personId: id, reason: 'Asked to' }) : null;
      // Who is held is not erased; nothing changes then.
      await erasing?.catch((error: { code?: string }) => {
        if (error.code !== 'conflict') throw error;
      });
      return;
    }
    case 'retire':
      await execute(database, setRetention, actor, { eventType: one.type, keepDays: one.days });
      await runRetention(maintenance, actor);
      return;
    default:
      one satisfies never;
  }
}

type End = { id: string; endedAt: string | null; reason: string | null };

async function storedEnds(tenantId: string): Promise<End[]> {
  return asOwner<End>(
    made.url,
    `SELECT id::text, (ended_at AT TIME ZONE 'UTC')::text AS "endedAt", end_reason AS reason FROM sessions WHERE tenant_id = $1 ORDER BY id`,
    [tenantId],
  );
}

/** The same from the events, said as plainly as it can be: a session at a time, a sign-out at a time. */
async function reckonedEnds(tenantId: string): Promise<End[]> {
  const events = await asOwner<{
    at: string;
    type: string;
    outcome: string;
    issuer: string;
    person: string | null;
    session: string | null;
    until: string | null;
  }>(
    made.url,
    `SELECT (LEAST(e.occurred_at, e.received_at) AT TIME ZONE 'UTC')::text AS at, e.type, e.outcome, v.issuer, e.person_id::text AS person, e.session_id::text AS session,
       (e.ends_sessions_until AT TIME ZONE 'UTC')::text AS until
     FROM events e JOIN providers v ON v.tenant_id = e.tenant_id AND v.id = e.provider_id WHERE e.tenant_id = $1 ORDER BY LEAST(e.occurred_at, e.received_at)`,
    [tenantId],
  );
  const words: Record<string, string> = { session_ended: 'ended', sign_out: 'signed_out', session_revoked: 'revoked' };
  const inSessions = events.filter((e) => e.session && !(e.type === 'sign_in' && e.outcome === 'failure'));
  return [...new Set(inSessions.map((e) => e.session ?? ''))].sort().map((id) => {
    const mine = inSessions.filter((e) => e.session === id);
    const person = mine.flatMap((e) => e.person ?? []).sort()[0];
    const named = mine.filter((e) => e.type in words && e.outcome !== 'failure' && e.until === null);
    const isAliveAfter = (at: string) =>
      mine.some(
        (e) =>
          e.at > at &&
          (e.until !== null || (e.outcome !== 'failure' && !(e.type in words) && e.type !== 'token_revoked')),
      );
    const everywhere = events.find(
      (e) =>
        e.until !== null &&
        e.person === person &&
        e.issuer === mine[0]?.issuer &&
        e.session !== id &&
        (mine[0]?.at ?? '') <= e.until &&
        !isAliveAfter(e.at),
    );
    const reason = ['revoked', 'signed_out', 'ended'].find((word) => named.some((e) => words[e.type] === word)) ?? null;
    const own = named[0]?.at ?? null;
    if (!everywhere || (own !== null && own <= everywhere.at)) return { id, endedAt: own, reason };
    return { id, endedAt: everywhere.at, reason: reason === 'revoked' ? reason : 'signed_out_everywhere' };
  });
}

test('after every step the views are what the events say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      const actor = systemActor(randomUUID(), 'test', ['policies:manage']);
      await asOwner(
        made.url,
        `INSERT INTO providers (tenant_id, id, slug, kind, name, issuer) VALUES ($1, $2, 'other', 'ocsf', 'Other', 'urn:other'),
          ($1, $3, 'twin', 'ocsf', 'Twin', 'urn:gatehouse:provider:ocsf')`,
        [actor.tenantId, randomUUID(), randomUUID()],
      );
      for (const one of steps) {
        await take(actor, one);
        const verdicts = await maintenance.inTenant(actor.tenantId, (tx) => checkViews(tx, actor.tenantId));
        expect(verdicts.filter(({ different }) => different > 0)).toEqual([]);
        expect(await storedEnds(actor.tenantId)).toEqual(await reckonedEnds(actor.tenantId));
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 60_000 },
  );
}, 180_000);
