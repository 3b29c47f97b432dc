import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import type { Database } from '#lib/kernel/db/database.ts';

const defaultMigrationsDir = path.resolve(import.meta.dirname, '../../../prisma/migrations');
const filters = { externalTables: [], externalEnums: [] };
/** Migrators take turns under this advisory lock; any number will do as long as it never changes. */
const lockKey = 7_420_101;

/**
 * Brings a database to this version's schema with Prisma's own engine (folder, checksums, `_prisma_migrations`), without any
 * download. Safe to call from several processes at once: they take turns. A second call applies nothing.
 * @returns the names of the migrations just applied
 * @throws Error in plain words: an edited or failed migration, a newer database, another migrator that does not finish
 */
export async function migrate(url: string, migrationsDir = defaultMigrationsDir): Promise<{ applied: string[] }> {
  return withMigrationLock(url, () =>
    withEngine(url, async (engine) => {
      const migrationsList = readMigrations(migrationsDir);
      await refuseWrongHistory(engine, migrationsList);
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters });
      return { applied: appliedMigrationNames };
    }),
  );
}

/**
 * Passes when the database has exactly the migrations this version knows. Web and worker call it before anything else.
 * @throws Error saying whether the database is behind (run `migrate`) or ahead (a newer Gatehouse made it)
 */
export async function assertSchemaIsKnown(url: string, migrationsDir = defaultMigrationsDir): Promise<void> {
  await withEngine(url, async (engine) => {
    const migrationsList = readMigrations(migrationsDir);
    const waiting = await refuseWrongHistory(engine, migrationsList);
    if (waiting.length > 0) {
      throw new Error(
        `The database lacks ${waiting.length} migration(s), the first is ${waiting[0]}. Run: npm run gatehouse -- migrate`,
      );
    }
  });
}

/** How many migrations this version brings. */
export function knownMigrations(migrationsDir = defaultMigrationsDir): number {
  return readMigrations(migrationsDir).migrationDirectories.length;
}

/**
 * Whether a newer version migrated the database under this process, which then must end: its rules for the views are not the ones the
 * others follow. Asked while it runs, by a statement that costs next to nothing; at start `assertSchemaIsKnown` looks closer.
 */
export async function isSchemaNewer(database: Database, known: number): Promise<boolean> {
  const [row] = await database.outsideTenants(
    (tx) => tx.$queryRaw<{ applied: number }[]>`
      SELECT count(*)::int AS applied FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  );
  return (row?.applied ?? 0) > known;
}

async function refuseWrongHistory(engine: SchemaEngine, migrationsList: MigrationList): Promise<string[]> {
  const state = await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters });
  if (state.editedMigrationNames.length > 0) {
    throw new Error(
      `The migration ${state.editedMigrationNames.join(', ')} was edited after it was applied. Restore the file; put changes into a new migration.`,
    );
  }
  if (state.failedMigrationNames.length > 0) {
    throw new Error(
      `The migration ${state.failedMigrationNames.join(', ')} failed half-way in this database. Restore a backup, or repair it and mark it with \`prisma migrate resolve\`.`,
    );
  }
  const { history } = state;
  if (!history)
    return state.hasMigrationsTable ? [] : migrationsList.migrationDirectories.map((directory) => directory.path);
  if (history.diagnostic === 'databaseIsBehind') return history.unappliedMigrationNames;
  const unknown = history.unpersistedMigrationNames;
  throw new Error(
    `The database has migrations this Gatehouse does not know (${unknown.join(', ')}): a newer version made it. Start that version.`,
  );
}

function readMigrations(baseDir: string): MigrationList {
  const directories = readdirSync(baseDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: readFileSync(path.join(baseDir, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: directories.map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(path.join(baseDir, name, 'migration.sql'), 'utf8') },
      },
    })),
  };
}

/** Opens the engine on a connection of its own; also serves the test that compares schema and database. */
export async function withEngine<T>(url: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const bindings = await loadEngine();
  const factory = new PrismaPg({
    connectionString: url,
    max: 1,
    allowExitOnIdle: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 600_000,
    lock_timeout: 60_000,
  });
  const connect = factory.connect.bind(factory);
  const opened: { dispose(): Promise<void> }[] = [];
  factory.connect = async () => {
    const adapter = await connect();
    opened.push(adapter);
    // The adapter splits scripts on every semicolon, which cuts function bodies apart; PostgreSQL takes the script whole.
    adapter.executeScript = async (script) => {
      await adapter.underlyingDriver().query(script);
    };
    return adapter;
  };
  const engine = await bindings.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  try {
    return await work(engine);
  } finally {
    engine.free();
    await Promise.all(opened.map((adapter) => adapter.dispose()));
  }
}

let loading: Promise<typeof import('@prisma/schema-engine-wasm')> | undefined;
function loadEngine(): Promise<typeof import('@prisma/schema-engine-wasm')> {
  loading ??= (async () => {
    const file = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg');
    const module = new WebAssembly.Module(readFileSync(file.replace(/\.js$/, '.wasm')));
    const imports = { './schema_engine_bg.js': bindings as unknown as WebAssembly.ModuleImports };
    const { exports } = new WebAssembly.Instance(module, imports);
    (bindings as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void }).__wbg_set_wasm(exports);
    (exports.__wbindgen_start as () => void)();
    return bindings;
  })();
  return loading;
}

async function withMigrationLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query("SET lock_timeout = '60s'");
    await client.query('SELECT pg_advisory_lock($1)', [lockKey]).catch((error: unknown) => {
      throw new Error(
        'Another process has been migrating this database for a minute. Look at it before you try again.',
        { cause: error },
      );
    });
    return await work();
  } finally {
    await client.end();
  }
}
