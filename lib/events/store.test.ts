import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendRecords } from '#lib/events/append.ts';
import { erasePerson } from '#lib/events/erase-person.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { checkViews } from '#lib/events/rebuild-views.ts';
import { placeHold, releaseHold, setRetention } from '#lib/events/retention.ts';
import { runRetention } from '#lib/events/run-retention.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const day = 86_400_000;
const actor = systemActor(tenantId, 'test', ['policies:manage']);
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let maintenance: Database;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 4, statementTimeoutMs: 20_000 });
  maintenance = openDatabase({
    url: made.url,
    name: 'test',
    connections: 2,
    statementTimeoutMs: 60_000,
    role: 'gatehouse_retention',
  });
});
afterAll(async () => {
  await database.close();
  await maintenance.close();
  await made.close();
});

type Given = {
  uid: string;
  daysAgo: number;
  person: string;
  activity?: number;
  failed?: boolean;
  ip?: string | null;
  more?: Record<string, unknown>;
};
const record = ({ uid, daysAgo, person, activity = 1, failed = false, ip = '192.0.2.7', more }: Given) => ({
  class_uid: 3002,
  activity_id: activity,
  status_id: failed ? 2 : 1,
  time: Date.now() - daysAgo * day,
  metadata: { uid },
  user: { uid: person, name: `Name of ${person}`, email_addr: `${person}@example.org` },
  session: { uid: `session of ${person}` },
  service: { name: 'Mail' },
  ...(ip ? { src_endpoint: { ip } } : {}),
  http_request: { user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36' },
  ...more,
});

async function append(...given: Given[]) {
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  return appendRecords(
    {
      database,
      tenantId,
      provider,
      definition,
      findPlace: () => ({ ...nowhere, country: 'DE', city: 'Berlin' }),
      receivedAt: new Date(),
    },
    splitRecords(Buffer.from(JSON.stringify(given.map(record)))),
  );
}
const differences = async () =>
  (await maintenance.inTenant(tenantId, (tx) => checkViews(tx, tenantId))).filter((each) => each.different > 0);
const eventsOf = async (person: string) =>
  (
    await asOwner<{ n: number }>(
      made.url,
      'SELECT count(*)::int AS n FROM events e JOIN people p ON p.id = e.person_id WHERE p.subject = $1',
      [person],
    )
  )[0]?.n;

describe('views', () => {
  test('are what a rebuild from the events gives, whatever came in whatever order; a row that was changed is found', async () => {
    // A seeded shuffle: the same order every time.
    const given = Array.from({ length: 240 }, (_, at): Given & { place: number } => ({
      uid: `v${at}`,
      daysAgo: (at * 7919) % 13,
      person: `p${at % 17}`,
      activity: at % 9 === 0 ? 2 : 1,
      failed: at % 5 === 0,
      ip: at % 4 === 0 ? null : `192.0.2.${at % 200}`,
      place: (at * 104_729) % 1009,
      more: at % 11 === 0 ? { user: { uid: `p${at % 17}`, name: `Ünï ${at}`, type_id: 4 } } : {},
    })).sort((a, b) => a.place - b.place);
    for (let from = 0; from < given.length; from += 40) await append(...given.slice(from, from + 40));
    const verdicts = await maintenance.inTenant(tenantId, (tx) => checkViews(tx, tenantId));
    expect(verdicts.map(({ view, different }) => [view, different])).toEqual([
      ['people', 0],
      ['sign_outs', 0],
      ['sessions', 0],
      ['session_clients', 0],
      ['devices', 0],
    ]);
    expect(verdicts.every(({ view, rows }) => rows >= 17 || view === 'sign_outs')).toBe(true);

    const [changed] = await asOwner<{ id: string }>(
      made.url,
      "UPDATE people SET sign_ins = sign_ins + 1 WHERE subject = 'p3' RETURNING id::text",
    );
    expect(await differences()).toEqual([{ view: 'people', rows: 17, different: 1, ids: [changed?.id] }]);
    await asOwner(made.url, "UPDATE people SET sign_ins = sign_ins - 1 WHERE subject = 'p3'");
  });

  test('say where a session was used, not where somebody was who ended it', async () => {
    const ended = { session: { uid: 'session of ended' }, service: { name: 'Admin console' } };
    await append(
      { uid: 'by-other-1', daysAgo: 1, person: 'ended', ip: '192.0.2.77' },
      {
        uid: 'by-other-2',
        daysAgo: 0,
        person: 'ended',
        ip: '198.51.100.9',
        more: { ...ended, activity_id: 99, activity_name: 'session_revoked', actor: { user: { uid: 'admin' } } },
      },
    );
    const [session] = await asOwner(
      made.url,
      `SELECT host(s.ip) AS ip, s.end_reason, (SELECT array_agg(client) FROM session_clients c WHERE c.session_id = s.id) AS clients
       FROM sessions s WHERE s.source_session_id = 'session of ended'`,
    );
    expect(session).toEqual({ ip: '192.0.2.77', end_reason: 'revoked', clients: ['Mail'] });
    expect(await differences()).toEqual([]);
  });
});

describe('retention', () => {
  test('[v5.0.0-V14.2.7] takes what is over by type, whole months where it can, never what is held, and keeps the views true', async () => {
    await append(
      { uid: 'r1', daysAgo: 800, person: 'long-gone' },
      { uid: 'r2', daysAgo: 800, person: 'held' },
      { uid: 'r3', daysAgo: 1200, person: 'long-gone' },
      { uid: 'r4', daysAgo: 40, person: 'recent', activity: 2 },
      { uid: 'r5', daysAgo: 40, person: 'recent' },
    );
    const [held] = await asOwner<{ id: string }>(made.url, "SELECT id::text FROM people WHERE subject = 'held'");
    const hold = await execute(database, placeHold, actor, { reason: 'Court order 12', personId: held?.id });
    await execute(database, setRetention, actor, { eventType: '*', keepDays: 365 });
    await execute(database, setRetention, actor, { eventType: 'sign_out', keepDays: 30 });

    const summary = await runRetention(maintenance, actor);
    expect(summary).toMatchObject({ events: 3, partitionsDropped: 1 });
    expect(await eventsOf('held')).toBe(1);
    expect(await eventsOf('long-gone')).toBe(0);
    expect(await eventsOf('recent')).toBe(1);
    expect(await asOwner(made.url, "SELECT 1 FROM people WHERE subject = 'long-gone'")).toEqual([]);
    expect(await asOwner(made.url, "SELECT 1 FROM event_ids WHERE source_event_id = 'r1'")).toEqual([]);
    expect(await differences()).toEqual([]);
    expect(await runRetention(maintenance, actor)).toEqual({
      events: 0,
      partitionsDropped: 0,
      months: [],
      postponed: [],
      quarantined: 0,
    });

    await execute(database, releaseHold, actor, { id: hold.id });
    await expect(execute(database, releaseHold, actor, { id: hold.id })).rejects.toMatchObject({ code: 'conflict' });
    expect(await runRetention(maintenance, actor)).toMatchObject({ events: 1, partitionsDropped: 1 });
    const audited = await asOwner<{ n: number }>(
      made.url,
      "SELECT count(*)::int AS n FROM audit_entries WHERE action = 'events_retired'",
    );
    expect(audited[0]?.n).toBeGreaterThanOrEqual(3);
  });

  test('takes quarantined records by the rule for all others, and none while anybody is held', async () => {
    await append({ uid: 'q-held', daysAgo: 1, person: 'q-held' });
    await asOwner(
      made.url,
      `INSERT INTO quarantined_records (tenant_id, id, provider_id, received_at, code, message, digest, raw)
       SELECT '${tenantId}', gen_random_uuid(), gen_random_uuid(), now() - n * interval '100 days', 'x', 'x', decode(md5(n::text), 'hex'), '\\x7b7d'
       FROM generate_series(1, 6) n`,
    );
    await execute(database, setRetention, actor, { eventType: '*', keepDays: 365 });
    const [person] = await asOwner<{ id: string }>(made.url, "SELECT id::text FROM people WHERE subject = 'q-held'");
    const hold = await execute(database, placeHold, actor, { reason: 'Court order 14', personId: person?.id });
    expect(await runRetention(maintenance, actor)).toMatchObject({ quarantined: 0 });
    await execute(database, releaseHold, actor, { id: hold.id });
    expect(await runRetention(maintenance, actor)).toMatchObject({ quarantined: 3 });
    expect(await runRetention(maintenance, actor)).toMatchObject({ quarantined: 0 });
    expect(await asOwner(made.url, 'SELECT 1 FROM quarantined_records')).toHaveLength(3);
  });

  test('is nothing the desk itself can do, nor a month of another tenant', async () => {
    await expect(
      database.inTenant(tenantId, (tx) => tx.$queryRaw`SELECT * FROM gatehouse_take_out_month(now()::date)`),
    ).rejects.toThrow(/permission denied/);
    await expect(maintenance.inTenant(tenantId, (tx) => tx.$executeRaw`DELETE FROM events`)).rejects.toThrow(
      /permission denied/,
    );
    await append({ uid: 'other', daysAgo: 800, person: 'neighbour' });
    const other = systemActor('01900000-0000-7000-8000-0000000000ff', 'test', ['policies:manage']);
    expect(await runRetention(maintenance, other)).toMatchObject({ events: 0, partitionsDropped: 0 });
    expect(await eventsOf('neighbour')).toBe(1);
  });
});

describe('erasure', () => {
  test('takes what names a person and keeps what counts; a redelivery brings nothing back; a hold stops it', async () => {
    const given: Given[] = [1, 2, 3].map((at) => ({
      uid: `x${at}`,
      daysAgo: at,
      person: 'secret-subject',
      failed: at === 3,
    }));
    await append(...given);
    const [person] = await asOwner<{ id: string; sign_ins: number }>(
      made.url,
      "SELECT id::text, sign_ins FROM people WHERE subject = 'secret-subject'",
    );
    const hold = await execute(database, placeHold, actor, { reason: 'Court order 13', personId: person?.id });
    const input = { personId: person?.id, reason: 'Request of the person' };
    await expect(execute(maintenance, erasePerson, actor, input)).rejects.toMatchObject({ code: 'conflict' });
    await execute(database, releaseHold, actor, { id: hold.id });
    await asOwner(
      made.url,
      `INSERT INTO saved_searches (tenant_id, id, list, name, filter, owner_id, shared) SELECT '${tenantId}', gen_random_uuid(), 'events', v, jsonb_build_array(
         jsonb_build_object('field', 'email', 'op', 'is', 'value', jsonb_build_array(v))), 'x', true
       FROM unnest(ARRAY['Secret-Subject@example.org', 'other@example.org']) v`,
    );

    expect(await execute(maintenance, erasePerson, actor, input)).toMatchObject({ events: 3 });
    expect(await asOwner(made.url, 'SELECT name FROM saved_searches')).toEqual([{ name: 'other@example.org' }]);
    for (const table of ['events', 'event_variants', 'people', 'sessions', 'devices', 'signals', 'audit_entries']) {
      const rows = await asOwner<{ row: string }>(
        made.url,
        `SELECT t::text || COALESCE(convert_from(${table === 'events' ? 't.raw' : 'NULL'}, 'UTF8'), '') AS row FROM ${table} t`,
      );
      expect(rows.filter(({ row }) => row.includes('secret-subject'))).toEqual([]);
    }
    const [after] = await asOwner(
      made.url,
      'SELECT sign_ins, failures, email, display_name FROM people WHERE id = $1',
      [person?.id],
    );
    expect(after).toEqual({ sign_ins: 2, failures: 1, email: null, display_name: null });
    expect(await differences()).toEqual([]);

    expect(await append({ ...given[0], more: { message: 'again' } } as Given)).toMatchObject({
      stored: 0,
      duplicate: 1,
    });
    expect(await asOwner(made.url, "SELECT 1 FROM event_variants WHERE source_event_id = 'x1'")).toEqual([]);
    // Who comes again is a person again, with what they bring now.
    await append({ uid: 'x9', daysAgo: 0, person: 'secret-subject' });
    const [again] = await asOwner(made.url, 'SELECT subject, sign_ins FROM people WHERE id = $1', [person?.id]);
    expect(again).toEqual({ subject: 'secret-subject', sign_ins: 3 });
    expect(await differences()).toEqual([]);
  });
});
