import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase, Prisma, type RunSql, runnerOf } from '#lib/kernel/db/database.ts';
import { recordset, textArray, uuidArray } from '#lib/kernel/db/recordset.ts';
import { testDatabase } from '#lib/kernel/db/test-database.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const columns = { id: 'uuid', name: 'text', raw: 'bytea', at: 'timestamptz', n: 'int', yes: 'boolean' } as const;
const rows = [
  {
    id: '0190ABCD-ef01-7234-8567-89abcdef0123',
    name: `a "quote", \\ { } NULL 'é' 漢字 😀 ${'x'.repeat(200)}`,
    raw: Buffer.from([0, 1, 255]),
    at: '2026-11-29T08:00:00.123Z',
    n: -7,
    yes: true,
  },
  { id: '00000000-0000-0000-0000-000000000000', name: '', raw: Buffer.alloc(0), at: null, n: null, yes: false },
  { id: null, name: null, raw: null, at: null, n: 0, yes: null },
];

let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 2, statementTimeoutMs: 5_000 });
});
afterAll(async () => {
  await database.close();
  await made.close();
});

/** The rows as the server read them, on the driver and through Prisma. */
const ways: [string, <T>(work: (run: RunSql) => Promise<T>) => Promise<T>][] = [
  ['the driver', (work) => database.bulkInTenant(tenantId, work)],
  ['Prisma', (work) => database.inTenant(tenantId, (tx) => work(runnerOf(tx)))],
];

describe.each(ways)('a recordset on %s', (_way, inside) => {
  it('arrives as it was', async () => {
    const read = await inside((run) =>
      run(Prisma.sql`SELECT id::text, name, encode(raw, 'hex') AS raw, to_char(at, 'HH24:MI:SS.MS') AS at, n, yes
        FROM ${recordset(rows, columns)} AS r`),
    );
    expect(read).toEqual([
      { ...rows[0], id: rows[0]?.id?.toLowerCase(), raw: '0001ff', at: '08:00:00.123' },
      { ...rows[1], raw: '' },
      rows[2],
    ]);
  });

  it('may be empty, and large', async () => {
    const many = Array.from({ length: 3_000 }, (_, n) => ({ id: rows[0]?.id ?? null, name: 'é'.repeat(n % 300) }));
    const count = (given: typeof many) =>
      inside((run) =>
        run<{ n: number; letters: number }>(
          Prisma.sql`SELECT count(id)::int AS n, COALESCE(sum(length(name)), 0)::int AS letters
            FROM ${recordset(given, { id: 'uuid', name: 'text' })} AS r`,
        ),
      );
    expect(await count([])).toEqual([{ n: 0, letters: 0 }]);
    expect(await count(many)).toEqual([{ n: 3_000, letters: 10 * ((299 * 300) / 2) }]);
  });

  it('gives arrays of texts and of ids', async () => {
    const [read] = await inside((run) =>
      run(
        Prisma.sql`SELECT ${textArray(['a', null, 'ü'])}::text[] AS texts, ${uuidArray([tenantId, null])}::uuid[]::text[] AS ids`,
      ),
    );
    expect(read).toEqual({ texts: ['a', null, 'ü'], ids: [tenantId, null] });
  });
});

it.each(['', 'x', `${tenantId}0`, tenantId.slice(1), `g${tenantId.slice(1)}`, `${tenantId.slice(1)}é`])(
  'refuses %j as an id',
  (id) => {
    expect(() => uuidArray([id])).toThrow('no uuid');
  },
);
