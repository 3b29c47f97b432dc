import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nowhere } from '#lib/events/event-row.ts';
import { ingestRequest } from '#lib/events/ingest-request.ts';
import { ingestStream } from '#lib/events/ingest-stream.ts';
import { openProvider } from '#lib/events/providers.ts';
import { recordLimits } from '#lib/events/raw-record.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { now } from '#lib/kernel/clock.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { testDatabase } from '#lib/kernel/db/test-database.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor = systemActor(tenantId, 'test', ['events:write']);
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 4, statementTimeoutMs: 20_000 });
});
afterAll(async () => {
  await database.close();
  await made.close();
});

/** An answer of Duo's API with 400 authentications, larger than a record may be. */
const page = Buffer.from(
  JSON.stringify({
    stat: 'OK',
    response: {
      authlogs: Array.from({ length: 400 }, (_, n) => ({
        txid: `tx-${n}`,
        event_type: 'authentication',
        timestamp: Math.floor(Date.now() / 1000) - n,
        factor: 'duo_push',
        result: 'success',
        reason: 'user_approved',
        user: { key: `DU${n}`, name: `person-${n}` },
        access_device: { ip: '203.0.113.7' },
        adaptive_trust_assessments: { note: 'x'.repeat(2_000) },
      })),
      metadata: { next_offset: ['1', 'tx'] },
    },
  }),
);

describe('a page larger than a record may be', () => {
  it('is taken in whole by a request, and an import of the same bytes finds every event there', async () => {
    expect(page.length).toBeGreaterThan(recordLimits.recordBytesMax);
    const request = new Request('http://desk.example/api/v1/ingest/duo', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: page,
    });
    expect(await ingestRequest({ database, actor, slug: 'duo', request, findPlace: () => nowhere })).toEqual({
      summary: { stored: 400, duplicate: 0, quarantined: 0, problems: [] },
      received: 400,
    });
    const { provider, definition } = await openProvider(database, actor, 'duo');
    const context = { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: now };
    async function* pieces() {
      for (let at = 0; at < page.length; at += 50_000) yield page.subarray(at, at + 50_000);
    }
    expect(await ingestStream(context, pieces())).toEqual({ read: 400, stored: 0, duplicate: 400, quarantined: 0 });
  });
});
