import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { fairQueue } from '#lib/kernel/fair-queue.ts';
import { Prisma, PrismaClient } from './generated/client.ts';

export { Prisma };
/** What runs inside a transaction: Prisma's client and its tagged-template SQL. */
export type Tx = Prisma.TransactionClient;

/** Runs one statement in the open transaction. With a `name` the server keeps it prepared: for statements whose text never varies. */
export type RunSql = <Row>(statement: Prisma.Sql, name?: string) => Promise<Row[]>;

export type DatabaseOptions = {
  url: string;
  /** Who is asking, as pg_stat_activity shows it. */
  name: string;
  /** Connections at most. Ingest, screens and worker each have a pool of their own. */
  connections: number;
  /** Of these one tenant's at most, so that however much one asks for, there is one for the next. Without it all of them. */
  connectionsPerTenant?: number;
  /**
   * Connections beside these that `bulkInTenant` alone uses: where batches come in floods, who sends them and where they belong is
   * asked without waiting behind them. Without it they share.
   */
  batchConnections?: number;
  /** A statement that takes longer is cancelled by the server. */
  statementTimeoutMs: number;
  /** What the connection may do. Only retention and erasure take events away, and only by the policy the database holds. */
  role?: 'gatehouse_app' | 'gatehouse_retention';
};

/** The way to the data. Every access happens inside one tenant, or is declared to be outside of all of them. */
export type Database = {
  /** Runs `work` in one transaction that can see and change this tenant's rows only (row-level security). */
  inTenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs `work` in one transaction outside of any tenant: staff, challenges, tenants. Tenant tables show no rows. */
  outsideTenants<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** `inTenant` on the driver itself, for large batches: parameters go as they are, statements stay prepared. */
  bulkInTenant<T>(tenantId: string, work: (run: RunSql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/** How long anybody waits for a connection. Milliseconds. */
const connectingMsMax = 2_000;

/**
 * Opens a pool as the role `gatehouse_app`, which can neither change nor delete events or audit entries. (Only `SET ROLE NONE` leads
 * back to the login, and the desk's own, `deskLogin`, may do nothing.)
 * Connecting takes 2 s at most, waiting for a lock 2 s, an idle transaction 10 s; without these a dead server hangs a query for ever.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = openPool(options, options.connections);
  const batches = options.batchConnections === undefined ? pool : openPool(options, options.batchConnections);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  const limits = { maxWait: 4_000, timeout: options.statementTimeoutMs + 5_000 };
  // Waiting for a connection in the pool itself would be first come, first served: hundreds of one tenant's before one of another's.
  const { connections, connectionsPerTenant = connections } = options;
  const turns = fairQueue({ atOnce: connections, atOncePerParty: connectionsPerTenant, waitMsMax: connectingMsMax });
  return {
    inTenant: (tenantId, work) =>
      turns.pass(tenantId, () =>
        prisma.$transaction(async (tx) => {
          await tx.$executeRaw`SELECT set_config('gatehouse.tenant', ${tenantId}, true)`;
          return work(tx);
        }, limits),
      ),
    outsideTenants: (work) => turns.pass('', () => prisma.$transaction(work, limits)),
    bulkInTenant: (tenantId, work) => bulkTransaction(batches, tenantId, work),
    async close() {
      await prisma.$disconnect();
      await pool.end();
      if (batches !== pool) await batches.end();
    },
  };
}

function openPool(options: DatabaseOptions, connections: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: `gatehouse-${options.name}`,
    options: `-c role=${options.role ?? 'gatehouse_app'} -c timezone=UTC`,
    max: connections,
    connectionTimeoutMillis: connectingMsMax,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    query_timeout: options.statementTimeoutMs + 1_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
  });
  // A connection that dies while idle is simply replaced; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** The same runner inside a Prisma transaction, for small batches that belong to the caller's. */
export function runnerOf(tx: Tx): RunSql {
  return <Row>(statement: Prisma.Sql) => tx.$queryRaw<Row[]>`${statement}`;
}

async function bulkTransaction<T>(pool: pg.Pool, tenantId: string, work: (run: RunSql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const ignore = () => undefined;
  client.on('error', ignore);
  let broken = false;
  const run = async <Row>(statement: Prisma.Sql, name?: string): Promise<Row[]> =>
    (await client.query({ text: statement.text, values: statement.values, ...(name ? { name } : {}) })).rows as Row[];
  try {
    await client.query('BEGIN');
    await run(Prisma.sql`SELECT set_config('gatehouse.tenant', ${tenantId}, true)`, 'set_tenant');
    const result = await work(run);
    // COMMIT of a failed transaction answers ROLLBACK and no error.
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back');
    return result;
  } catch (error) {
    broken = !(error instanceof pg.DatabaseError);
    if (!broken) await client.query('ROLLBACK').catch(() => (broken = true));
    throw error;
  } finally {
    client.off('error', ignore);
    // After a timeout the answer may still arrive; such a connection is not used again.
    client.release(broken);
  }
}
