import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendRecords } from '#lib/events/append.ts';
import { erasePerson } from '#lib/events/erase-person.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { linkPeople, readLinks, unlinkPerson } from '#lib/events/linked-people.ts';
import { listDevices } from '#lib/events/list-devices.ts';
import { listEvents } from '#lib/events/list-events.ts';
import { listSessions } from '#lib/events/list-sessions.ts';
import { openProvider } from '#lib/events/providers.ts';
import { checkViews } from '#lib/events/rebuild-views.ts';
import { setRetention } from '#lib/events/retention.ts';
import { runRetention } from '#lib/events/run-retention.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase, type Tx } from '#lib/kernel/db/database.ts';
import type { ListQuery } from '#lib/kernel/db/listing.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { countScope } from '#lib/revocation/count-scope.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor = systemActor(tenantId, 'test', ['policies:manage', 'people:read-addresses']);
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let maintenance: Database;
const ids: Record<string, string> = {};

/** One sign-in of an account at a provider: its own issuer, session and device. */
const signIn = (provider: string, subject: string, email: string, daysAgo = 0) => ({
  class_uid: 3002,
  activity_id: 1,
  status_id: 1,
  time: Date.now() - daysAgo * 86_400_000,
  metadata: { uid: `${provider} ${subject}` },
  user: { uid: subject, full_name: `${subject} at ${provider}`, email_addr: email, type_id: 1 },
  session: { uid: `${provider} session of ${subject}`, issuer: `https://${provider}.example.org` },
  http_request: { user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36' },
});

beforeAll(async () => {
  made = await testDatabase();
  const options = { url: made.url, name: 'test', connections: 4, statementTimeoutMs: 20_000 };
  database = openDatabase(options);
  maintenance = openDatabase({ ...options, role: 'gatehouse_retention' });
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  const records = [
    signIn('one', 'ada', 'ada@example.org'),
    signIn('two', 'ada', 'Ada@Example.org'),
    signIn('three', 'a.l', 'ada@work.example.org'),
    signIn('four', 'bo', 'bo@example.org'),
    signIn('five', 'old', 'old@example.org', 800),
  ];
  await appendRecords(
    { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: new Date() },
    splitRecords(Buffer.from(JSON.stringify(records))),
  );
  for (const { id, issuer } of await asOwner<{ id: string; issuer: string }>(
    made.url,
    'SELECT id::text, issuer FROM people',
  ))
    ids[/\/\/(\w+)\./.exec(issuer)?.[1] ?? ''] = id;
});
afterAll(async () => {
  await database?.close();
  await maintenance?.close();
  await made?.close();
});

const links = async (of: string) => {
  const { linked, suggested } = await database.inTenant(tenantId, (tx) => readLinks(tx, tenantId, ids[of] ?? ''));
  const names = (rows: { id: string }[]) =>
    rows.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id)).sort();
  return { linked: names(linked), suggested: names(suggested) };
};
const link = (of: string, other: string, reason = 'Same staff number') =>
  execute(database, linkPeople, actor, { personId: ids[of], other: ids[other] ?? other, reason });
const unlink = (of: string) => execute(database, unlinkPerson, actor, { personId: ids[of], reason: 'A mistake' });
const lists: [string, (tx: Tx, tenantId: string, query: ListQuery) => Promise<{ rows: unknown[] }>][] = [
  ['sessions', listSessions],
  ['events', listEvents],
  ['devices', listDevices],
];

test('accounts with one e-mail address are offered and never joined by themselves', async () => {
  expect(await links('one')).toEqual({ linked: [], suggested: ['two'] });
  expect(await links('four')).toEqual({ linked: [], suggested: [] });
});

test('a link is a rule that somebody sets, with a reason on record; groups that meet become one', async () => {
  await expect(link('one', 'two', '')).rejects.toMatchObject({ code: 'invalid_input' });
  expect(await link('one', 'two@example.org').catch(({ code }) => code)).toBe('not_found');
  expect(await link('one', 'one').catch(({ code }) => code)).toBe('not_found');
  expect(await link('one', 'ADA@example.org')).toMatchObject({ otherId: ids.two, accounts: 2 });
  expect(await link('three', `https://desk.example.org/people/${ids.four}`)).toMatchObject({ otherId: ids.four });
  expect(await link('two', 'three')).toMatchObject({ accounts: 4 });
  expect(await links('four')).toEqual({ linked: ['one', 'three', 'two'], suggested: [] });
  await expect(link('one', 'four')).rejects.toMatchObject({ code: 'conflict' });
  // Both accounts of that address are somebody else.
  await expect(link('four', 'ada@example.org')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/Several/),
  });
  const [entry] = await asOwner<{ entry: string }>(
    made.url,
    "SELECT entry FROM audit_entries WHERE action = 'people_linked' ORDER BY seq DESC LIMIT 1",
  );
  expect(JSON.parse(entry?.entry ?? '{}')).toMatchObject({
    reason: 'Same staff number',
    target: { type: 'person', id: ids.two },
    detail: { other: ids.three, members: [ids.one, ids.two, ids.three, ids.four].sort() },
  });
});

test('every list and a scope can be asked for all of them, and no view changes by a link', async () => {
  const all = [ids.one, ids.two, ids.three, ids.four] as string[];
  for (const [name, list] of lists) {
    const of = (value: string[]) =>
      database.inTenant(tenantId, (tx) =>
        list(tx, tenantId, { conditions: [{ field: 'person', op: 'is', value }], cursor: null, limit: 50 }),
      );
    expect([name, (await of(all)).rows.length, (await of(all.slice(0, 1))).rows.length]).toEqual([name, 4, 1]);
  }
  const scope = { by: 'filter' as const, filter: { person: all.join(',') } };
  expect(
    await database.inTenant(tenantId, (tx) => countScope(tx, { tenantId, proposerId: tenantId }, scope)),
  ).toMatchObject({ sessions: 4 });
  const verdicts = await maintenance.inTenant(tenantId, (tx) => checkViews(tx, tenantId));
  expect(verdicts.filter(({ different }) => different > 0)).toEqual([]);
});

test('an account is unlinked alone; the last one left is linked to nobody', async () => {
  await unlink('four');
  await expect(unlink('four')).rejects.toMatchObject({ code: 'conflict' });
  expect((await links('one')).linked).toEqual(['three', 'two']);
  await unlink('three');
  await unlink('one');
  expect(await links('two')).toEqual({ linked: [], suggested: ['one'] });
  expect(await asOwner(made.url, 'SELECT 1 FROM person_links')).toEqual([]);
});

test('two links of one account at the same moment end in one group', async () => {
  await Promise.all([link('one', 'two'), link('three', 'one'), link('one', 'four')]);
  expect((await links('one')).linked).toEqual(['four', 'three', 'two']);
});

test('who may not read addresses finds nobody by one; another tenant has neither the person nor the link', async () => {
  const hidden = { ...systemActor(tenantId, 'test', ['policies:manage']), type: 'operator' as const };
  const input = { personId: ids.one, other: 'bo@example.org', reason: 'Same staff number' };
  await expect(execute(database, linkPeople, hidden, input)).rejects.toMatchObject({ code: 'not_found' });
  const foreign = systemActor('01900000-0000-7000-8000-0000000000ff', 'test', ['policies:manage']);
  await expect(execute(database, linkPeople, foreign, { ...input, other: ids.four })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(
    execute(database, unlinkPerson, foreign, { personId: ids.one, reason: 'A mistake' }),
  ).rejects.toMatchObject({ code: 'conflict' });
});

test('who is erased or gone is linked to nobody', async () => {
  await execute(maintenance, erasePerson, actor, { personId: ids.four, reason: 'Asked to' });
  expect((await links('one')).linked).toEqual(['three', 'two']);
  await expect(link('one', 'four')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/erased/),
  });
  await link('one', 'five');
  await execute(database, setRetention, actor, { eventType: '*', keepDays: 365 });
  await runRetention(maintenance, actor);
  expect(await asOwner(made.url, 'SELECT 1 FROM person_links WHERE person_id = $1', [ids.five])).toEqual([]);
  expect((await links('one')).linked).toEqual(['three', 'two']);
});
