import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { asOwner } from '#lib/kernel/db/test-database.ts';

/** Every table whose rows belong to a tenant, partitions left out. */
export async function tenantTables(url: string): Promise<string[]> {
  const rows = await asOwner<{ name: string }>(
    url,
    `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/**
 * Puts one row of a tenant into every table that belongs to tenants, those of tomorrow included. Its values have the right types and
 * mean nothing: checks are dropped and triggers are off, so use it in a test database of its own and let nobody read the rows as if
 * they were real. @returns the ids of the rows by table, for those that have one
 */
export async function plantEverywhere(url: string, tenantId: string): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('SELECT gatehouse_ensure_event_months(ARRAY[now()::date])');
    for (const table of await tenantTables(url)) {
      const checks = await client.query<{ name: string }>(
        `SELECT conname AS name FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'`,
        [table],
      );
      for (const { name } of checks.rows)
        await client.query(`ALTER TABLE "${table}" DROP CONSTRAINT "${name}" CASCADE`);
      const id = await plant(client, table, tenantId);
      if (id) ids.set(table, id);
    }
  } finally {
    await client.end();
  }
  return ids;
}

async function plant(client: pg.Client, table: string, tenantId: string): Promise<string | null> {
  const { rows: columns } = await client.query<{ name: string; type: string }>(
    `SELECT column_name AS name, udt_name AS type FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' AND (column_default IS NULL OR column_name IN ('id', 'tenant_id'))`,
    [table],
  );
  const values = columns.map(({ name, type }) => (name === 'tenant_id' ? tenantId : valueFor(type)));
  await client.query('SET session_replication_role = replica');
  await client.query(
    `INSERT INTO "${table}" (${columns.map(({ name }) => `"${name}"`).join(', ')}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
    values,
  );
  await client.query('SET session_replication_role = origin');
  const at = columns.findIndex(({ name, type }) => name === 'id' && type === 'uuid');
  return at === -1 ? null : String(values[at]);
}

function valueFor(type: string): unknown {
  if (type.startsWith('_')) return '{}';
  if (type === 'uuid') return randomUUID();
  if (type === 'bytea') return randomBytes(32);
  if (type.startsWith('timestamp')) return new Date();
  if (type === 'date') return '2026-01-01';
  if (type === 'bool') return false;
  if (type === 'inet' || type === 'cidr') return '192.0.2.0';
  if (type === 'jsonb' || type === 'json') return '{}';
  if (/^(int|float|numeric)/.test(type)) return 1;
  return `planted ${randomUUID()}`;
}
