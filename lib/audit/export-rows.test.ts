import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExportFormat, type ExportType, exportFormats, exportRows } from '#lib/audit/export-rows.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { eventTypes, failureReasons, outcomes } from '#lib/model/event.ts';
import type { Filter } from '#lib/model/filter.ts';
import { mapOcsf } from '#lib/providers/ocsf/ocsf.ts';
import { type WritableEvent, writeOcsf } from '#lib/providers/ocsf/write-ocsf.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor = systemActor(tenantId, 'test', [
  'events:read',
  'sessions:read',
  'devices:read',
  'people:read',
  'signals:read',
  'audit:read',
]);
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
const count = 2_300;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 2, statementTimeoutMs: 20_000 });
  const { provider, definition } = await openProvider(database, actor, 'ocsf');
  const records = Array.from({ length: count }, (_, at) => ({
    class_uid: 3002,
    activity_id: 1 + (at % 2),
    status_id: at % 10 === 0 ? 2 : 1,
    status_detail: at % 10 === 0 ? 'invalid credentials' : undefined,
    time: Date.now() - at * 1000,
    metadata: { uid: `e${at}`, event_code: at === 7 ? '=HYPERLINK("http://x")' : 'login' },
    user: { uid: `u${at % 50}`, full_name: at % 50 === 3 ? '=1+1' : `Person ${at % 50}` },
    session: { uid: `s${at % 100}`, issuer: 'https://id.example.org' },
    src_endpoint: { ip: `192.0.2.${at % 200}` },
  }));
  await appendRecords(
    { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: new Date() },
    splitRecords(Buffer.from(JSON.stringify(records))),
  );
}, 60_000);
afterAll(async () => {
  await database.close();
  await made.close();
});

async function exported(type: ExportType, format: ExportFormat, filter: Filter = []): Promise<string[]> {
  let text = '';
  for await (const piece of await exportRows(database, actor, { type, format, filter })) text += piece;
  return text.split(/\r?\n/).filter((line) => line !== '');
}

describe('export', () => {
  test('gives every row once over many pages, and just what the filter finds', async () => {
    const ids = (await exported('events', 'ndjson')).map(
      (line) => (JSON.parse(line) as { sourceEventId: string }).sourceEventId,
    );
    expect(ids).toEqual(Array.from({ length: count }, (_, at) => `e${at}`));
    expect(await exported('events', 'ndjson', [{ field: 'outcome', op: 'is', value: ['failure'] }])).toHaveLength(
      count / 10,
    );
    // Every tenth session saw failed sign-ins alone, so it is none.
    expect(await exported('sessions', 'ndjson')).toHaveLength(90);
    expect(await exported('sessions', 'csv', [{ field: 'ip', op: 'is', value: ['192.0.2.0/24'] }])).toHaveLength(91);
    expect(await exported('signals', 'csv')).toHaveLength(1);
    expect(await exported('people', 'ndjson')).toHaveLength(50);
    expect(await exported('people', 'csv', [{ field: 'q', op: 'is', value: ['=1+1'] }])).toEqual([
      expect.stringContaining('"displayName","email"'),
      expect.stringContaining("'=1+1"),
    ]);
    expect((await exported('devices', 'csv'))[0]).toContain('label');
  });

  test('[v5.0.0-V1.2.10] cannot run in a spreadsheet', async () => {
    const csv = (await exported('events', 'csv')).join('\n');
    expect(csv).toContain(`"'=HYPERLINK(""http://x"")"`);
    expect(csv).toContain(`"'=1+1"`);
    expect(csv).not.toMatch(/(^|,)"?[=@+]/m);
  });

  test('is on record with its filter, and refused without the permission', async () => {
    await exported('sessions', 'ndjson', [{ field: 'country', op: 'is', value: ['DE'] }]);
    const [entry] = await asOwner<{ entry: string }>(
      made.url,
      "SELECT entry FROM audit_entries WHERE action = 'sensitive_read' ORDER BY seq DESC LIMIT 1",
    );
    expect(JSON.parse(entry?.entry ?? '{}')).toMatchObject({
      target: { type: 'export', id: 'sessions' },
      detail: { format: 'ndjson', filter: { country: 'DE' } },
    });
    const nobody = systemActor(tenantId, 'nobody', []);
    await expect(exportRows(database, nobody, { type: 'audit', format: 'csv', filter: [] })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(exported('audit', 'ocsf')).rejects.toMatchObject({ code: 'bad_request' });
  });

  test.each(exportFormats)(
    'as %s tells doubtful times by their mark, and what the absurd ones said',
    async (format) => {
      const { provider, definition } = await openProvider(database, actor, 'ocsf');
      const receivedAt = new Date();
      const at = receivedAt.getTime();
      const times = [at + 3_600_000, at - 90_000_000, '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', 8.64e15, 0];
      const records = times.map((time) => ({
        class_uid: 3002,
        activity_id: 1,
        status_id: 1,
        ...(typeof time === 'number' ? { time } : { time_dt: time }),
        metadata: { uid: `doubtful ${time}` },
        user: { uid: 'doubtful' },
      }));
      await appendRecords(
        { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt },
        splitRecords(Buffer.from(JSON.stringify(records))),
      );
      const lines = await exported('events', format, [{ field: 'timeQuality', op: 'not', value: ['ok'] }]);
      const says = (word: string) => lines.filter((line) => line.includes(word)).length;
      expect(says('doubtful')).toBe(times.length);
      expect([says('future'), says('late'), says('absurd')]).toEqual([1, 1, 4]);
      for (const claimed of ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.000Z', '1970-01-01T00:00:00.000Z'])
        expect(says(claimed)).toBe(1);
      for (const table of ['events', 'event_ids'])
        await asOwner(made.url, `DELETE FROM ${table} WHERE source_event_id LIKE 'doubtful%'`);
    },
  );

  test('as OCSF is read again as the same events', async () => {
    const { provider, definition } = await openProvider(database, actor, 'ocsf');
    const text = (await exported('events', 'ocsf')).join('\n');
    const summary = await appendRecords(
      { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: new Date() },
      splitRecords(Buffer.from(text)),
    );
    expect(summary).toMatchObject({ stored: 0, duplicate: count, quarantined: 0 });
  });
});

describe('OCSF written and read again', () => {
  const event: WritableEvent = {
    sourceEventId: 'e1',
    occurredAt: '2026-11-20T10:00:00.123Z',
    receivedAt: '2026-11-20T10:00:01.000Z',
    timeQuality: 'ok',
    claimedTime: null,
    provider: 'okta',
    type: 'sign_in',
    providerType: 'user.session.start',
    outcome: 'success',
    reason: null,
    interactive: true,
    issuer: 'https://id.example.org',
    subject: 'u1',
    personName: 'Ada',
    personEmail: 'ada@example.org',
    accountType: 'human',
    sourceSessionId: 's1',
    endsSessionsUntil: null,
    deviceFingerprint: 'id:d1',
    actor: null,
    client: 'Mail',
    ip: '192.0.2.7',
    userAgent: 'Agent/1',
    country: 'DE',
    city: 'Berlin',
    asn: 64_500,
    asName: 'Example',
    raw: '{}',
  };
  const readAgain = (written: WritableEvent) => mapOcsf(JSON.parse(JSON.stringify(writeOcsf(written))));

  test.each(eventTypes)('keeps the type %s', (type) => {
    for (const outcome of outcomes)
      expect(readAgain({ ...event, type, outcome, reason: outcome === 'failure' ? 'other' : null })).toMatchObject({
        type,
        outcome,
      });
    expect(readAgain({ ...event, type, providerType: 'factor_added' }).type).toBe(type);
  });
  test.each(failureReasons)('keeps the reason %s', (reason) => {
    expect(readAgain({ ...event, outcome: 'failure', reason })).toMatchObject({ outcome: 'failure', reason });
  });
  test.each(['human', 'service', 'workload', 'unknown'] as const)(
    'keeps person, session, device, network and an account of type %s',
    (accountType) => {
      expect(readAgain({ ...event, accountType })).toMatchObject({
        sourceEventId: 'e1',
        occurredAt: new Date(event.occurredAt),
        providerType: 'user.session.start',
        person: { issuer: event.issuer, subject: 'u1', displayName: 'Ada', email: 'ada@example.org', accountType },
        sourceSessionId: 's1',
        sourceDeviceId: 'd1',
        client: 'Mail',
        ip: '192.0.2.7',
        userAgent: 'Agent/1',
      });
      expect(readAgain({ ...event, actor: 'admin@example.org' }).actor).toBe('admin@example.org');
    },
  );
});
