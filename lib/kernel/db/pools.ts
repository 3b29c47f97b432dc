import { type Database, type DatabaseOptions, openDatabase } from '#lib/kernel/db/database.ts';

/** Large batches of the ingest pool at once: of deliveries to the ingest door, and of Shared Signals streams. */
export const ingestConnections = { deliveries: 5, streams: 2 } as const;

/** How each pool of a process is opened. */
export const poolProfiles = {
  /** Screens and API reads: short statements, so that nobody waits behind a slow one. */
  desk: { connections: 8, connectionsPerTenant: 6, statementTimeoutMs: 5_000 },
  /** The ingest door has its own pool: a flood there leaves the desk quick. */
  ingest: {
    connections: 4,
    connectionsPerTenant: 3,
    batchConnections: ingestConnections.deliveries + ingestConnections.streams,
    statementTimeoutMs: 4_000,
  },
  /** Detection and runs. */
  worker: { connections: 4, statementTimeoutMs: 30_000 },
  /** One-off work from the command line. */
  cli: { connections: 2, statementTimeoutMs: 30_000 },
  /** Retention, erasure and the rebuild check: the one role that takes events away, and statements that read them all. */
  maintenance: { connections: 2, statementTimeoutMs: 3_600_000, role: 'gatehouse_retention' },
} as const satisfies Record<string, Omit<DatabaseOptions, 'url' | 'name'>>;
export type PoolName = keyof typeof poolProfiles;

// Next loads a module once a bundle; the pools must still be one a process.
const shared = globalThis as { gatehousePools?: Map<string, Database> };
shared.gatehousePools ??= new Map();
const open = shared.gatehousePools;

/** This process's pool of that name on DATABASE_URL, opened at first use. @throws Error when DATABASE_URL is not set. */
export function pool(name: PoolName): Database {
  const url = process.env.DATABASE_URL;
  if (!url)
    throw new Error('DATABASE_URL is not set: start through `npm start`, `npm run demo` or `npm run gatehouse`.');
  const key = `${name} ${url}`;
  let database = open.get(key);
  if (!database) {
    database = openDatabase({ url, name, ...poolProfiles[name] });
    open.set(key, database);
  }
  return database;
}

/** Closes every pool this process opened. */
export async function closePools(): Promise<void> {
  const all = [...open.values()];
  open.clear();
  await Promise.all(all.map((database) => database.close()));
}
