import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';

const migrationsDir = path.resolve(import.meta.dirname, '../../../prisma/migrations');

/** A fresh, migrated database of its own for one test file, on the real PostgreSQL the test run started. */
export async function testDatabase(): Promise<{ url: string; close(): Promise<void> }> {
  const admin = process.env.TEST_POSTGRES_URL ?? inject('postgresUrl');
  const template = await ensureTemplate(admin);
  return createDatabase(admin, `TEMPLATE ${template}`);
}

/** A database without anything in it, for what migrates by itself. */
export function emptyDatabase(): Promise<{ url: string; close(): Promise<void> }> {
  return createDatabase(process.env.TEST_POSTGRES_URL ?? inject('postgresUrl'), '');
}

async function createDatabase(admin: string, from: string): Promise<{ url: string; close(): Promise<void> }> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withClient(admin, (client) => client.query(`CREATE DATABASE ${name} ${from}`));
  return {
    url: withDatabaseName(admin, name),
    close: () => withClient(admin, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/** Runs SQL as the owner of the database (a superuser in tests): what an attacker with the database would do. */
export async function asOwner<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  let rows: Row[] = [];
  await withClient(url, async (client) => {
    rows = (await client.query<Row>(sql, values)).rows;
  });
  return rows;
}

async function ensureTemplate(admin: string): Promise<string> {
  const scripts = readdirSync(migrationsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => readFileSync(path.join(migrationsDir, entry.name, 'migration.sql'), 'utf8'));
  const name = `template_${createHash('sha256').update(scripts.join('\0')).digest('hex').slice(0, 16)}`;
  await withClient(admin, async (client) => {
    // Test files run side by side: the first makes the template, the others wait for it.
    await client.query('SELECT pg_advisory_lock(7420117)');
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount) return;
    await client.query(`DROP DATABASE IF EXISTS ${name}_new`);
    await client.query(`CREATE DATABASE ${name}_new`);
    await withClient(withDatabaseName(admin, `${name}_new`), async (fresh) => {
      for (const script of scripts) await fresh.query(script);
    });
    await client.query(`ALTER DATABASE ${name}_new RENAME TO ${name}`);
  });
  return name;
}

function withDatabaseName(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.toString();
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}
