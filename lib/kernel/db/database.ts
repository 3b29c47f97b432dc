import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from './generated/client.ts';

export { Prisma };
/** What runs inside a transaction: Prisma's client and its tagged-template SQL. */
export type Tx = Prisma.TransactionClient;

export type DatabaseOptions = {
  url: string;
  /** Who is asking, as pg_stat_activity shows it. */
  name: string;
  /** Connections at most. Ingest, screens and worker each have a pool of their own. */
  connections: number;
  /** A statement that takes longer is cancelled by the server. */
  statementTimeoutMs: number;
};

/** The way to the data. Every access happens inside one tenant, or is declared to be outside of all of them. */
export type Database = {
  /** Runs `work` in one transaction that can see and change this tenant's rows only (row-level security). */
  inTenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs `work` in one transaction outside of any tenant: staff, challenges, tenants. Tenant tables show no rows. */
  outsideTenants<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/**
 * Opens a pool as the role `gatehouse_app`, which can neither change nor delete events or audit entries.
 * Connecting takes 2 s at most, waiting for a lock 2 s, an idle transaction 10 s; without these a dead server hangs a query for ever.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const adapter = new PrismaPg({
    connectionString: options.url,
    application_name: `gatehouse-${options.name}`,
    options: '-c role=gatehouse_app -c timezone=UTC',
    max: options.connections,
    connectionTimeoutMillis: 2_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    query_timeout: options.statementTimeoutMs + 2_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
  });
  const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' });
  const limits = { maxWait: 4_000, timeout: options.statementTimeoutMs + 5_000 };
  return {
    inTenant: (tenantId, work) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT set_config('gatehouse.tenant', ${tenantId}, true)`;
        return work(tx);
      }, limits),
    outsideTenants: (work) => prisma.$transaction(work, limits),
    close: () => prisma.$disconnect(),
  };
}
