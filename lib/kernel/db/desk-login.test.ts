import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openDatabase } from '#lib/kernel/db/database.ts';
import { deskLogin } from '#lib/kernel/db/desk-login.ts';
import { assertSchemaIsKnown, migrate } from '#lib/kernel/db/migrate.ts';
import { asOwner, emptyDatabase } from '#lib/kernel/db/test-database.ts';

let made: Awaited<ReturnType<typeof emptyDatabase>>;
let url = '';

beforeAll(async () => {
  made = await emptyDatabase();
  await migrate(made.url);
  // Instances that start at the same time.
  const logins = await Promise.all([1, 2, 3].map(() => deskLogin(made.url)));
  url = logins[0]?.url ?? '';
  expect(logins).toEqual(Array(3).fill({ url, note: null }));
}, 60_000);
afterAll(async () => {
  await made.close();
  await asOwner(inject('postgresUrl'), `DROP ROLE "${new URL(url).username}"`);
});

/** As somebody who can run SQL of their own on a connection of the desk's. @returns what each statement came to */
async function smuggle(...statements: string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, options: '-c role=gatehouse_app' });
  await client.connect();
  try {
    const said: string[] = [];
    for (const sql of statements)
      said.push(
        await client.query(sql).then(
          () => 'done',
          (error: pg.DatabaseError) => error.code ?? String(error),
        ),
      );
    return said;
  } finally {
    await client.end();
  }
}

describe('the desk logs in as somebody who owns nothing', () => {
  test('SQL that was smuggled in cannot become the owner, change the schema, or touch what must stay', async () => {
    const [owner] = await asOwner<{ name: string }>(made.url, 'SELECT current_user::text AS name');
    expect(await smuggle('SET ROLE NONE', `SET ROLE "${owner?.name}"`, 'SELECT count(*) FROM events')).toEqual([
      'done',
      '42501',
      '42501',
    ]);
    expect(
      await smuggle(
        'SET ROLE NONE',
        'DELETE FROM audit_entries',
        'ALTER TABLE audit_entries DISABLE TRIGGER ALL',
        'CREATE TABLE mine (id int)',
        'SET session_replication_role = replica',
        `SET SESSION AUTHORIZATION "${owner?.name}"`,
        'DELETE FROM _prisma_migrations',
      ),
    ).toEqual(['done', ...Array(6).fill('42501')]);
  });

  test('it does the work of the desk: reads and writes in a tenant, takes away by policy, knows its schema', async () => {
    await assertSchemaIsKnown(url);
    for (const role of ['gatehouse_app', 'gatehouse_retention'] as const) {
      const database = openDatabase({ url, name: 'test', connections: 1, statementTimeoutMs: 5_000, role });
      const [row] = await database.inTenant(
        '01900000-0000-7000-8000-000000000001',
        (tx) => tx.$queryRaw<{ role: string; events: number }[]>`
          SELECT current_user::text AS role, (SELECT count(*)::int FROM events) AS events`,
      );
      await database.close();
      expect(row).toEqual({ role, events: 0 });
    }
  });

  test('a login whose password is another one gets the derived one again', async () => {
    await asOwner(made.url, `ALTER ROLE "${new URL(url).username}" PASSWORD 'another'`);
    expect(await deskLogin(made.url)).toEqual({ url, note: null });
  });

  test('a login of that name that may more is not used, and it is said', async () => {
    const name = new URL(url).username;
    await asOwner(made.url, `ALTER ROLE "${name}" CREATEDB`);
    const login = await deskLogin(made.url);
    await asOwner(made.url, `ALTER ROLE "${name}" NOCREATEDB`);
    expect(login.url).toBe(made.url);
    expect(login.note).toMatch(/may more than it should/);
  });

  test('a role of that name that is somebody else’s keeps its password and its rights, and is not used', async () => {
    const other = await emptyDatabase();
    await migrate(other.url);
    const name = `${new URL(other.url).pathname.slice(1)}_desk`;
    const stored = async () =>
      asOwner(other.url, `SELECT rolpassword, rolcanlogin FROM pg_authid WHERE rolname = '${name}'`);
    await asOwner(other.url, `CREATE ROLE "${name}" LOGIN PASSWORD 'of somebody'`);
    const before = await stored();
    const login = await deskLogin(other.url);
    expect(await stored()).toEqual(before);
    await other.close();
    await asOwner(inject('postgresUrl'), `DROP ROLE "${name}"`);
    expect(login.url).toBe(other.url);
    expect(login.note).toMatch(/is there already and is not ours/);
  });

  test('an owner without a password, or one who may make no roles, is used as before, with the reason', async () => {
    const bare = new URL(made.url);
    bare.password = '';
    expect((await deskLogin(bare.toString())).note).toMatch(/no password/);
    const name = `${new URL(url).username}_plain`;
    await asOwner(made.url, `CREATE ROLE "${name}" LOGIN PASSWORD 'plain'`);
    const plain = new URL(made.url);
    plain.username = name;
    plain.password = 'plain';
    const login = await deskLogin(plain.toString());
    await asOwner(made.url, `DROP ROLE "${name}"`);
    expect(login.url).toBe(plain.toString());
    expect(login.note).toMatch(/could not make a login of its own: permission denied/);
  });
});
