import { randomBytes } from 'node:crypto';
import type { ReactNode } from 'react';
import { renderToReadableStream } from 'react-dom/server';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { openProvider } from '#lib/events/providers.ts';
import { connectProvider, createHook } from '#lib/events/sources/manage-providers.ts';
import { createReceiver } from '#lib/events/sources/manage-receivers.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { permissions } from '#lib/model/permissions.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const actor = systemActor(tenantId, 'test', permissions);
vi.mock('next/navigation', () => ({
  useRouter: () => ({ refresh: () => undefined, push: () => undefined, replace: () => undefined }),
  usePathname: () => '/',
  useSearchParams: () => new URLSearchParams(),
  notFound: () => {
    throw new Error('not found');
  },
}));
vi.mock('#lib/staff/current-operator.ts', () => ({ requireOperator: async () => ({ actor }) }));

let made: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  made = await testDatabase();
  Object.assign(process.env, {
    DATABASE_URL: made.url,
    GATEHOUSE_KEK: randomBytes(32).toString('base64'),
    GATEHOUSE_URL: 'http://localhost:3000',
  });
});
afterAll(async () => {
  await closePools();
  await made.close();
});

type Page = (props: never) => ReactNode | Promise<ReactNode>;
/** What a page says, drawn on the server as for a browser, lists awaited; markup taken away. */
async function textOf(page: Page, id = ''): Promise<string> {
  const props = { params: Promise.resolve({ id }), searchParams: Promise.resolve({}) } as never;
  const stream = await renderToReadableStream(await page(props));
  await stream.allReady;
  return (await new Response(stream).text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
}
const list = async () => textOf((await import('#app/(desk)/providers/page.tsx')).default);
const one = async (id: string) => textOf((await import('#app/(desk)/providers/[id]/page.tsx')).default, id);
const quarantine = async () => textOf((await import('#app/(desk)/quarantine/page.tsx')).default);

test('providers: none yet, one that receives with its gaps, one connected that fails, a stream with what it holds', async () => {
  expect(await list()).toContain('No provider yet');
  expect(await quarantine()).toContain('Nothing is quarantined');
  expect(await textOf((await import('#app/(desk)/providers/new/page.tsx')).default)).toContain('Add the provider');

  const database = pool('desk');
  const { provider, definition } = await openProvider(database, actor, 'okta');
  const event = (uuid: string, eventType: string) => ({
    uuid,
    eventType,
    published: new Date().toISOString(),
    actor: { id: 'u', type: 'User' },
    outcome: { result: 'SUCCESS' },
  });
  const records = [event('1', 'user.session.start'), event('2', 'coffee.machine.start'), { odd: true }];
  await appendRecords(
    { database, tenantId, provider, definition, findPlace: () => nowhere, receivedAt: new Date() },
    splitRecords(Buffer.from(JSON.stringify(records))),
  );
  expect(await list()).toMatch(/Okta.*Receiving/);
  const receiving = await one(provider.id);
  expect(receiving).toContain('http://localhost:3000/api/v1/ingest/okta');
  expect(receiving).toMatch(/Not connected.*coffee\.machine\.start.*wrong_format/);
  expect(await quarantine()).toMatch(/wrong_format.*Okta System Log event/);

  await execute(database, connectProvider, actor, {
    id: provider.id,
    baseUrl: 'https://acme.okta.example',
    secret: { token: 'never-to-be-seen' },
    logs: ['system-log'],
  });
  const hook = await execute(database, createHook, actor, { id: provider.id });
  await asOwner(
    made.url,
    "UPDATE provider_pulls SET failures = 3, last_error = 'It said no.', last_error_at = clock_timestamp()",
  );
  expect(await list()).toMatch(/Okta.*Problem.*It said no\./);
  const failing = await one(provider.id);
  expect(failing).toMatch(/Failing.*It said no\. Tried 3 times.*Not verified yet.*Connected at/);
  expect(failing).not.toMatch(/never-to-be-seen/);
  expect(failing).not.toContain(hook.authorization);

  const stream = await execute(database, createReceiver, actor, {
    name: 'Signals of Acme',
    slug: 'signals',
    issuer: 'https://transmitter.example.org/',
    jwksUri: 'https://transmitter.example.org/jwks.json',
    pollToken: 'management-token',
  });
  await asOwner(
    made.url,
    `INSERT INTO ssf_sets (tenant_id, receiver_id, issuer, jti, digest, event_type, subject_hash, revoking, disposition, token)
     VALUES ($1, $2, 'i', 'j', '\\x00', 'e', '\\x00', true, 'held', '\\x00')`,
    [tenantId, stream.id],
  );
  const held = await one(stream.providerId);
  expect(held).toMatch(/Make the stream at the transmitter.*1 revoking event is over the cap.*Release them/);
  expect(held).toContain(`/api/v1/ssf/receivers/${stream.id}`);
  expect(held).not.toContain('management-token');
});
