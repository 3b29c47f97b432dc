import type { ReactNode } from 'react';
import { renderToReadableStream } from 'react-dom/server';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { detectors } from '#lib/detection/registry.ts';
import { appendRecords } from '#lib/events/append.ts';
import { openProvider } from '#lib/events/providers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import type { Place } from '#lib/model/detection.ts';
import { permissions } from '#lib/model/permissions.ts';
import { detectWaitingBatches } from '#lib/signals/detect-batches.ts';

// Drawing whole pages takes its time on a slow machine.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });
const tenantId = '01900000-0000-7000-8000-000000000001';
const reader: Actor = {
  ...systemActor(tenantId, 'Reader', permissions),
  type: 'operator',
  id: '01900000-0000-7000-8000-0000000000b1',
};
let actor = reader;
vi.mock('next/navigation', () => ({
  useRouter: () => ({ refresh: () => undefined, push: () => undefined, replace: () => undefined }),
  usePathname: () => '/',
  useSearchParams: () => new URLSearchParams(),
  notFound: () => {
    throw new Error('not found');
  },
}));
vi.mock('#lib/staff/current-operator.ts', () => ({ requireOperator: async () => ({ actor }) }));

const where: Record<string, [string, string, number, number]> = {
  '198.51.100.1': ['DE', 'Berlin', 52.52, 13.405],
  '198.51.100.2': ['AU', 'Sydney', -33.87, 151.21],
};
const findPlace = (ip: string): Place => {
  const [country = null, city = null, latitude = null, longitude = null] = where[ip] ?? [];
  return { country, region: null, city, latitude, longitude, radiusKm: null };
};
let made: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  made = await testDatabase();
  Object.assign(process.env, { DATABASE_URL: made.url, GATEHOUSE_URL: 'http://localhost:3000' });
});
afterAll(async () => {
  await closePools();
  await made.close();
});

type Page = (props: never) => ReactNode | Promise<ReactNode>;
async function textOf(file: Promise<{ default: unknown }>, search: object = {}, params: object = {}): Promise<string> {
  const page = (await file).default as Page;
  const props = { params: Promise.resolve(params), searchParams: Promise.resolve(search) } as never;
  const stream = await renderToReadableStream(await page(props));
  await stream.allReady;
  return (await new Response(stream).text())
    .replace(/<!--.*?-->/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}
const screens = {
  overview: () => textOf(import('#app/(desk)/page.tsx')),
  signals: (search = {}) => textOf(import('#app/(desk)/signals/page.tsx'), search),
  signal: (id: string) => textOf(import('#app/(desk)/signals/[id]/page.tsx'), {}, { id }),
  sessions: (search = {}) => textOf(import('#app/(desk)/sessions/page.tsx'), search),
  devices: (search = {}) => textOf(import('#app/(desk)/devices/page.tsx'), search),
  people: (search = {}) => textOf(import('#app/(desk)/people/page.tsx'), search),
  person: (id: string) => textOf(import('#app/(desk)/people/[id]/page.tsx'), {}, { id }),
  events: (search = {}) => textOf(import('#app/(desk)/events/page.tsx'), search),
  event: (id: string, at: string) => textOf(import('#app/(desk)/events/[id]/page.tsx'), { at }, { id }),
  audit: (search = {}) => textOf(import('#app/(desk)/audit/page.tsx'), search),
};
const idOf = async (table: string) =>
  (await asOwner<{ id: string }>(made.url, `SELECT id::text FROM ${table} LIMIT 1`))[0]?.id ?? '';

test('none yet: each screen says what will appear and nothing that is not so', async () => {
  expect(await screens.overview()).toContain('No event has come in yet');
  expect(await screens.signals()).toContain('No signal yet');
  expect(await screens.sessions()).toContain('No session has been reported yet');
  expect(await screens.devices()).toContain('No device has been seen yet');
  expect(await screens.people()).toContain('Nobody has been seen yet');
  expect(await screens.events()).toContain('No event has come in yet');
  expect(await screens.audit()).toContain('Nothing was done yet');
});

test('with a traveller in the store: figures, rows, the evidence on one screen, details beside lists', async () => {
  const { provider, definition } = await openProvider(pool('desk'), systemActor(tenantId, 'test'), 'ocsf');
  const now = Date.now();
  const records = [
    ...Array.from({ length: 20 }, (_, day) => [1440 * (day + 1), '198.51.100.1']),
    [40, '198.51.100.1'],
    [30, '198.51.100.2'],
  ];
  const raw = splitRecords(
    Buffer.from(
      JSON.stringify(
        records.map(([minutesAgo, ip], at) => ({
          class_uid: 3002,
          activity_id: 1,
          status_id: 1,
          time: now - Number(minutesAgo) * 60_000,
          metadata: { uid: `e${at}` },
          user: { uid: 'ada', name: 'Ada\u202E Example', email_addr: 'ada@example.org' },
          session: { uid: `s${at}` },
          src_endpoint: { ip },
          service: { name: 'Payroll' },
          http_request: { user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36' },
        })),
      ),
    ),
  );
  await appendRecords(
    { database: pool('desk'), tenantId, provider, definition, findPlace, receivedAt: new Date() },
    raw,
  );
  while ((await detectWaitingBatches(pool('desk'), tenantId, detectors)).batches > 0);

  expect(await screens.overview()).toMatch(
    /Needs a person.*Live sessions 22.*Sign-ins in 24 h.*Germany 21.*Australia 1/,
  );
  const signal = await screens.signal(await idOf('signals'));
  expect(signal).toMatch(/Impossible travel.*Why it fired.*A border was crossed: DE → AU.*Why it was not suppressed/);
  expect(signal).toMatch(/Where.*Berlin, DE.*Sydney, AU.*km apart.*24 hours before and after.*Devices, side by side/);
  expect(signal).toMatch(/Acknowledge.*Assign to me.*Safe.*Compromised.*Dismiss/);
  expect(await screens.signals({ assignee: 'me' })).toContain('No signal matches');
  const beside = await screens.sessions({ open: await idOf('sessions') });
  for (const part of [/22 sessions/, /User agent.*Applications Payroll.*Events all 1 sign in/])
    expect(beside).toMatch(part);
  expect(await screens.sessions({ country: 'Germany' })).toMatch(/was not understood.*Country: expected/);
  expect(await screens.sessions({ cursor: 'of-somebody-else' })).toContain('not valid any more');
  expect(await screens.person(await idOf('people'))).toMatch(
    /Signed in on \d+ of 35 days.*Sessions.*Devices.*mostly from Berlin, DE/,
  );
  // Text that would turn what stands around it is shown by number, wherever it comes up.
  for (const shown of [await screens.people(), await screens.events(), await screens.devices()]) {
    expect(shown).toContain('Ada⟨U+202E⟩ Example');
    expect(shown).not.toContain('\u202E');
  }
  const [latest] = await asOwner<{ id: string; at: Date }>(
    made.url,
    "SELECT id::text, occurred_at AS at FROM events WHERE source_event_id = 'e21'",
  );
  const event = await screens.event(latest?.id ?? '', latest?.at.toISOString() ?? '');
  for (const part of [
    /sign in success.*Download the record.*Person Ada⟨U\+202E⟩ Example.*Session s21 · its events.*Application Payroll/,
    /Place Sydney, AU.*Provider ocsf.*Signals that stand on it.*open/,
    /The record as it came.*&quot;uid&quot;: &quot;e21&quot;.*Byte for byte.*SHA-256 [0-9a-f]{64}/,
  ])
    expect(event).toMatch(part);
  expect(event).not.toContain('\u202E');
  await expect(screens.event(latest?.id ?? '', '2026-01-01T00:00:00Z')).rejects.toThrow('not found');
  await expect(screens.event(latest?.id ?? '', 'yesterday')).rejects.toThrow('not found');
  expect(await screens.audit({ open: await idOf('audit_entries') })).toMatch(
    /sound.*commits to the entry before.*What was hashed/,
  );
  await expect(screens.person('01900000-0000-7000-8000-0000000000ff')).rejects.toThrow('not found');
});

test('what one may not do or see is not offered', async () => {
  actor = { ...reader, permissions: new Set(['sessions:read', 'signals:read'] as const) };
  expect(await screens.sessions()).not.toMatch(/Revoke/);
  expect(await screens.signal(await idOf('signals'))).not.toMatch(/Acknowledge|Revoke/);
  actor = { ...reader, permissions: new Set(['audit:read'] as const) };
  expect(await screens.overview()).toContain('Your roles have nothing to watch here');
  actor = reader;
});

test('a new revocation: an address that is only understood in part offers nothing to rehearse, by address or by permission', async () => {
  const at = (search: object) => textOf(import('#app/(desk)/revocations/new/page.tsx'), search);
  expect(await at({ client: 'Payroll' })).toMatch(/living sessions? at this moment.*Rehearse/);
  expect(await at({ of: 'events', outcome: 'failure' })).toMatch(/sessions with events: .*Rehearse/);
  for (const search of [
    { cleint: 'Payroll' },
    { country: 'Germany' },
    { type: 'sign_in' },
    { of: 'events', state: 'live' },
  ]) {
    const shown = await at(search);
    expect(shown).toContain('Nothing can be revoked from this address');
    expect(shown).not.toContain('Rehearse ');
  }
  // Who may not read addresses gets a link of somebody who may: left out, the condition would mean every session.
  actor = { ...reader, permissions: new Set([...permissions].filter((each) => each !== 'people:read-addresses')) };
  expect(await at({ ip: '192.0.2.0/24' })).toContain('Nothing can be revoked from this address');
  actor = reader;
});
