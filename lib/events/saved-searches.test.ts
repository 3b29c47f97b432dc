import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteSearch, listSearches, saveSearch } from '#lib/events/saved-searches.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { testDatabase } from '#lib/kernel/db/test-database.ts';
import type { Permission } from '#lib/model/permissions.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const operator = (id: string, ...permissions: Permission[]): Actor => ({
  ...systemActor(tenantId, id, permissions),
  type: 'operator',
  id,
});
const seeing = ['sessions:read', 'events:read', 'audit:read', 'people:read-addresses'] as const;
const [ada, bo] = [operator('ada', ...seeing), operator('bo', ...seeing)];
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 2, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await database.close();
  await made.close();
});
const searchesOf = (actor: Actor) => database.inTenant(actor.tenantId, (tx) => listSearches(tx, actor));

test('a search is kept in canonical form, shared or not, and only its owner takes it away', async () => {
  const params = { ip: '192.0.2.0/24,10.0.0.0/8', asn: 'AS13335', 'country.not': 'de' };
  const { id } = await execute(database, saveSearch, ada, { list: 'sessions', name: 'Odd networks', params });
  expect(await searchesOf(ada)).toEqual([
    expect.objectContaining({
      id,
      mine: true,
      params: { ip: '10.0.0.0/8,192.0.2.0/24', asn: '13335', 'country.not': 'DE' },
      words: expect.stringContaining('AS13335'),
    }),
  ]);
  expect(await searchesOf(bo)).toEqual([]);
  await execute(database, saveSearch, ada, {
    list: 'sessions',
    name: 'Odd networks',
    params: { asn: '1' },
    shared: true,
  });
  expect(await searchesOf(bo)).toEqual([
    expect.objectContaining({ id, mine: false, shared: true, params: { asn: '1' } }),
  ]);
  await expect(execute(database, deleteSearch, bo, { id })).rejects.toMatchObject({ code: 'not_found' });
  await execute(database, deleteSearch, ada, { id });
  expect(await searchesOf(ada)).toEqual([]);
});

test('a filter that is none, or is misspelt, is not kept: it would mean everything', async () => {
  const save = (params: Record<string, string>) =>
    execute(database, saveSearch, ada, { list: 'events', name: 'x', params });
  await expect(save({})).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(save({ asm: '1' })).rejects.toMatchObject({ problems: [{ path: 'asm' }] });
  await expect(save({ ip: 'nowhere' })).rejects.toMatchObject({ problems: [{ path: 'ip' }] });
});

test('searches of any list are kept by whoever sees that list, open on its screen, and show nobody what they may not see', async () => {
  const auditor = operator('auditor', 'audit:read', 'people:read-addresses');
  await execute(database, saveSearch, auditor, {
    list: 'audit',
    name: 'Refusals',
    params: { outcome: 'refused' },
    shared: true,
  });
  expect(await searchesOf(auditor)).toEqual([
    expect.objectContaining({ list: 'audit', path: '/audit', words: 'Outcome is refused' }),
  ]);
  await expect(
    execute(database, saveSearch, auditor, { list: 'sessions', name: 'x', params: { state: 'live' } }),
  ).rejects.toMatchObject({ code: 'forbidden' });
  await execute(database, saveSearch, ada, {
    list: 'sessions',
    name: 'One address',
    params: { ip: '192.0.2.7' },
    shared: true,
  });
  expect((await searchesOf(bo)).map(({ name }) => name)).toEqual(['Refusals', 'One address']);
  expect(await searchesOf(operator('viewer', 'sessions:read'))).toEqual([]);
  const tokens = { ...ada, type: 'token' as const };
  await expect(
    execute(database, saveSearch, tokens, { list: 'audit', name: 'x', params: { outcome: 'refused' } }),
  ).rejects.toMatchObject({ code: 'forbidden' });
});
