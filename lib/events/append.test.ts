import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
let url = '';
let close: () => Promise<void>;
let database: Database;

beforeAll(async () => {
  const made = await testDatabase();
  url = made.url;
  database = openDatabase({ url, name: 'test', connections: 6, statementTimeoutMs: 10_000 });
  close = async () => {
    await database.close();
    await made.close();
  };
});
afterAll(() => close());

const signIn = (uid: string, more: Record<string, unknown> = {}) => ({
  class_uid: 3002,
  activity_id: 1,
  status_id: 1,
  time: Date.parse('2026-11-20T10:00:00Z'),
  metadata: { uid, version: '1.5.0', product: { name: 'Test' } },
  user: { uid: 'u1', name: 'Ada', email_addr: 'ada@example.org' },
  session: { uid: 's1' },
  src_endpoint: { ip: '192.0.2.7' },
  http_request: {
    user_agent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
  },
  ...more,
});

async function append(text: string) {
  const { provider, definition } = await openProvider(database, systemActor(tenantId, 'test'), 'ocsf');
  const receivedAt = new Date('2026-11-20T12:00:00Z');
  return appendRecords(
    { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt },
    splitRecords(Buffer.from(text)),
  );
}
const lines = (...records: unknown[]) => records.map((record) => JSON.stringify(record)).join('\n');

describe('appending records', () => {
  test('stores an event once for any number of deliveries, in parallel too', async () => {
    const body = lines(signIn('once'));
    const answers = await Promise.all(Array.from({ length: 6 }, () => append(body)));
    expect(answers.reduce((sum, each) => sum + each.stored, 0)).toBe(1);
    expect(answers.every((each) => each.stored + each.duplicate + each.quarantined === 1)).toBe(true);
    expect(await asOwner(url, "SELECT 1 FROM events WHERE source_event_id = 'once'")).toHaveLength(1);
    expect(await asOwner(url, 'SELECT events::int FROM sessions')).toEqual([{ events: 1 }]);
  });

  test('[F07] keeps a redelivery with other content beside the first', async () => {
    await append(lines(signIn('twice')));
    const again = await append(lines(signIn('twice', { message: 'other' })));
    expect(again).toMatchObject({ stored: 0, duplicate: 1, quarantined: 0 });
    expect(await asOwner(url, "SELECT 1 FROM event_variants WHERE source_event_id = 'twice'")).toHaveLength(1);
  });

  test('[F09] quarantines poison with its reason and stores the good ones around it', async () => {
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const poison = ['{"broken":', '"text"', deep, '{}', '{"x":"\u0001\\ud800"}'];
    const body = [
      JSON.stringify(signIn('good-1')),
      ...poison,
      JSON.stringify(signIn('good-2', { user: { uid: 'u\u0000\ud800', name: 'N' } })),
    ].join('\n');
    const summary = await append(body);
    expect(summary).toMatchObject({ stored: 2, duplicate: 0, quarantined: poison.length });
    expect(summary.problems.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
    expect(summary.problems.every(({ message }) => message.length > 10)).toBe(true);
    expect(await asOwner(url, 'SELECT 1 FROM quarantined_records')).toHaveLength(poison.length);
  });

  test('[F08] keeps late, future and absurd times and marks them', async () => {
    const at = (uid: string, time: number) => signIn(uid, { time, session: undefined });
    await append(
      lines(
        at('late', Date.parse('2021-03-01T00:00:00Z')),
        at('ahead', Date.parse('2026-11-20T13:00:00Z')),
        at('zero', 0),
        at('far', 8.64e15),
      ),
    );
    const rows = await asOwner<{ source_event_id: string; time_quality: string }>(
      url,
      "SELECT source_event_id, time_quality FROM events WHERE source_event_id IN ('late','ahead','zero','far') ORDER BY 1",
    );
    expect(Object.fromEntries(rows.map((row) => [row.source_event_id, row.time_quality]))).toEqual({
      late: 'late',
      ahead: 'future',
      zero: 'absurd',
      far: 'absurd',
    });
  });

  test('views do not depend on the order of arrival', async () => {
    const events = Array.from({ length: 12 }, (_, at) =>
      signIn(`o${at}`, {
        time: Date.parse('2026-11-19T08:00:00Z') + at * 60_000,
        user: { uid: 'order', name: `Name ${at}`, email_addr: 'o@example.org' },
        session: { uid: 'order' },
        src_endpoint: { ip: `192.0.2.${at + 10}` },
        ...(at === 11 ? { activity_id: 2 } : {}),
      }),
    );
    for (const event of [7, 11, 0, 3, 9, 1, 5, 10, 2, 8, 4, 6].map((at) => events[at])) await append(lines(event));
    const [person] = await asOwner(
      url,
      "SELECT display_name, first_seen_at, last_seen_at FROM people WHERE subject = 'order'",
    );
    expect(person).toEqual({
      display_name: 'Name 11',
      first_seen_at: new Date('2026-11-19T08:00:00Z'),
      last_seen_at: new Date('2026-11-19T08:11:00Z'),
    });
    const [session] = await asOwner(
      url,
      "SELECT host(ip) AS ip, ended_at, end_reason, events::int FROM sessions WHERE source_session_id = 'order'",
    );
    expect(session).toEqual({
      ip: '192.0.2.21',
      ended_at: new Date('2026-11-19T08:11:00Z'),
      end_reason: 'signed_out',
      events: 12,
    });
  });

  test('the app can change or delete neither events nor audit entries, and sees no other tenant', async () => {
    await expect(database.inTenant(tenantId, (tx) => tx.$executeRaw`DELETE FROM events`)).rejects.toThrow(
      /permission denied/,
    );
    await expect(
      database.inTenant(tenantId, (tx) => tx.$executeRaw`UPDATE audit_entries SET reason = 'x'`),
    ).rejects.toThrow(/permission denied/);
    const other = '01900000-0000-7000-8000-0000000000ff';
    expect(await database.inTenant(other, (tx) => tx.event.count())).toBe(0);
    expect(await database.outsideTenants((tx) => tx.session.count())).toBe(0);
  });
});
