import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plantEverywhere, tenantTables } from '#lib/kernel/db/plant-rows.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const ours = '01900000-0000-7000-8000-000000000001';
const theirs = '01900000-0000-7000-8000-00000000000b';
/** Belongs to a person at the desk, not to a tenant: ending everything of somebody has to reach every tenant they work in. */
const ofPeople = new Set(['operator_sessions']);
/** Readable before a tenant is known, because a sign-in starts there; with a tenant set, that tenant's rows alone. */
const beforeTenant = new Set([
  'custom_roles',
  'operator_suspensions',
  'operator_roles',
  'enrolments',
  'sign_in_providers',
]);

let made: Awaited<ReturnType<typeof testDatabase>>;
let app: pg.Client;
let tables: string[] = [];

beforeAll(async () => {
  made = await testDatabase();
  tables = await tenantTables(made.url);
  await plantEverywhere(made.url, ours);
  app = new pg.Client({ connectionString: made.url, options: '-c role=gatehouse_app' });
  await app.connect();
});
afterAll(async () => {
  await app.end();
  await made.close();
});

/** Runs as the application's role with a tenant set (or none), in a transaction that is rolled back. */
async function asApp(
  tenant: string | null,
  sql: string,
  values: unknown[] = [],
): Promise<{ rows: number } | { refused: string }> {
  await app.query('BEGIN');
  try {
    if (tenant) await app.query(`SELECT set_config('gatehouse.tenant', $1, true)`, [tenant]);
    const { rowCount } = await app.query(sql, values);
    return { rows: rowCount ?? 0 };
  } catch (error) {
    return { refused: (error as pg.DatabaseError).code ?? String(error) };
  } finally {
    await app.query('ROLLBACK');
  }
}

describe('[v5.0.0-V8.4.1] tenants are walls', () => {
  test('every table with a tenant has row-level security, forced, with the wall as its policy', async () => {
    expect(tables.length).toBeGreaterThan(25);
    const rows = await asOwner<{ name: string; secured: boolean; policies: string[] }>(
      made.url,
      `SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS secured,
         ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND pg_has_role('gatehouse_app', CASE WHEN p.polroles = '{0}' THEN 'gatehouse_app'::regrole ELSE p.polroles[1] END, 'MEMBER')) AS policies
       FROM pg_class c WHERE c.relname = ANY($1) AND c.relnamespace = 'public'::regnamespace`,
      [tables],
    );
    const open = rows.filter(
      ({ name, secured, policies }) => !ofPeople.has(name) && !(secured && policies.join() === 'tenant_wall'),
    );
    expect(open).toEqual([]);
  });

  test('the application is no superuser, owns nothing and cannot pass by row-level security', async () => {
    const [role] = await asOwner<{ rolsuper: boolean; rolbypassrls: boolean; owns: number }>(
      made.url,
      `SELECT rolsuper, rolbypassrls, (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owns FROM pg_roles r WHERE rolname = 'gatehouse_app'`,
    );
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, owns: 0 });
  });

  test('a planted row is seen by its own tenant: the test could fail', async () => {
    const unseen: string[] = [];
    for (const table of tables) {
      const found = await asApp(ours, `SELECT 1 FROM "${table}" WHERE tenant_id = $1`, [ours]);
      if (!('rows' in found) || found.rows === 0) unseen.push(table);
    }
    expect(unseen).toEqual([]);
  });

  test('another tenant reads, changes, deletes and plants nothing of it', async () => {
    const holes: string[] = [];
    for (const table of tables.filter((name) => !ofPeople.has(name))) {
      const tries = {
        read: `SELECT 1 FROM "${table}" WHERE tenant_id = '${ours}'`,
        'read all': `SELECT 1 FROM "${table}"`,
        change: `UPDATE "${table}" SET tenant_id = '${theirs}' WHERE tenant_id = '${ours}'`,
        delete: `DELETE FROM "${table}" WHERE tenant_id = '${ours}'`,
        lock: `SELECT 1 FROM "${table}" WHERE tenant_id = '${ours}' FOR UPDATE`,
      };
      for (const [what, sql] of Object.entries(tries)) {
        const result = await asApp(theirs, sql);
        if ('rows' in result && result.rows > 0) holes.push(`${table}: ${what}`);
      }
      const planted = await asApp(
        theirs,
        `INSERT INTO "${table}" SELECT * FROM jsonb_populate_record(NULL::"${table}", $1)`,
        [JSON.stringify({ tenant_id: ours })],
      );
      if ('rows' in planted) holes.push(`${table}: plant`);
    }
    expect(holes).toEqual([]);
  });

  test('without a tenant there is nothing to see, but for what a sign-in starts from', async () => {
    const seen: string[] = [];
    for (const table of tables) {
      const result = await asApp(null, `SELECT 1 FROM "${table}"`);
      if ('rows' in result && result.rows > 0) seen.push(table);
    }
    expect(new Set(seen)).toEqual(new Set([...ofPeople, ...beforeTenant]));
  });

  test('partitions cannot be read past their parent', async () => {
    const partitions = await asOwner<{ name: string }>(
      made.url,
      `SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r'`,
    );
    expect(partitions.length).toBeGreaterThan(0);
    for (const { name } of partitions)
      expect(await asApp(theirs, `SELECT 1 FROM "${name}"`), name).toEqual({ refused: '42501' });
  });

  test('no foreign key crosses a tenant', async () => {
    const crossing = await asOwner<{ name: string }>(
      made.url,
      `SELECT k.conname AS name FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
       WHERE k.contype = 'f' AND c.relname = ANY($1) AND f.relname = ANY($1) AND NOT EXISTS (
         SELECT 1 FROM unnest(k.conkey, k.confkey) AS pair(own, foreign_one)
         JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own AND a.attname = 'tenant_id'
         JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.foreign_one AND b.attname = 'tenant_id')`,
      [tables],
    );
    expect(crossing).toEqual([]);
  });
});
