import { afterAll, beforeAll, expect, test } from 'vitest';
import { storyBetween } from '#lib/demo/story/story.ts';
import { detectors } from '#lib/detection/registry.ts';
import { appendRecords } from '#lib/events/append.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { openTestDesk, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { openCityDatabase } from '#lib/kernel/geo/city-database.ts';
import { cityDatabaseFile } from '#lib/kernel/geo/city-database-file.ts';
import { detectWaitingBatches } from '#lib/signals/detect-batches.ts';

let desk: TestDesk;
beforeAll(async () => {
  desk = await openTestDesk();
});
afterAll(() => desk.close());

/** Tells the story through the store, in the order and the portions in which the demo sends it; then detects until nothing waits. */
async function tell(anchor: Date): Promise<{ stored: number; duplicate: number; quarantined: number }> {
  const places = openCityDatabase(cityDatabaseFile());
  const total = { stored: 0, duplicate: 0, quarantined: 0 };
  const records = storyBetween(anchor, new Date(0), anchor);
  for (let from = 0; from < records.length; from += 250) {
    for (const system of ['okta', 'entra', 'keycloak'] as const) {
      const lines = records
        .slice(from, from + 250)
        .flatMap((each) => (each.system === system ? [JSON.stringify(each.record)] : []));
      if (lines.length === 0) continue;
      const opened = await openProvider(desk.database, systemActor(tenantId, 'test'), system);
      const context = { database: desk.database, tenantId, ...opened, findPlace: places.find, receivedAt: new Date() };
      const summary = await appendRecords(context, splitRecords(Buffer.from(lines.join('\n'))));
      for (const part of ['stored', 'duplicate', 'quarantined'] as const) total[part] += summary[part];
    }
  }
  while ((await detectWaitingBatches(desk.database, tenantId, detectors)).batches > 0);
  return total;
}

test('three weeks raise the signals of the story and no others, and telling them again adds nothing', async () => {
  const anchor = new Date('2026-11-24T14:00:00Z');
  const told = await tell(anchor);
  expect(told).toMatchObject({ duplicate: 0, quarantined: 0 });
  const signals = await desk.sql<{ what: string }>(
    `SELECT s.detector || ' ' || COALESCE(p.display_name, '') || ' ' || s.severity AS what FROM signals s
     LEFT JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id ORDER BY 1`,
  );
  expect(signals.map(({ what }) => what)).toEqual([
    'failed-login-burst Ilse Kornfeld medium',
    'impossible-travel Elias Tornquist high',
    'impossible-travel Greta Sonnwald high',
    'impossible-travel Paloma Serrat high',
    'password-spray Paloma Serrat high',
  ]);
  expect(await tell(anchor)).toEqual({ stored: 0, duplicate: told.stored, quarantined: 0 });
  expect(await desk.sql('SELECT 1 FROM event_variants')).toEqual([]);
  expect(await desk.sql('SELECT count(*)::int AS signals FROM signals')).toEqual([{ signals: 5 }]);
}, 180_000);
