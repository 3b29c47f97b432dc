import { hostname } from 'node:os';
import { appendRecords } from '#lib/events/append.ts';
import type { FindPlace } from '#lib/events/event-row.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { unfoldRecords } from '#lib/events/unfold-records.ts';
import { now } from '#lib/kernel/clock.ts';
import { type Database, Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { isDatabaseAway } from '#lib/kernel/errors.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import { log } from '#lib/kernel/log.ts';
import type { JsonObject } from '#lib/model/event.ts';
import { connectionOf } from '#lib/providers/connection.ts';
import {
  ProviderCallFailed,
  type ProviderDefinition,
  type PulledPage,
  type PullLog,
} from '#lib/providers/definition.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** How long one instance may hold a log without saying that it still reads. Seconds. */
export const pullLeaseSeconds = 60;
/** Pages at most before others get their turn, and how far back the very first look goes. */
const pagesMax = 50;
const firstLookDays = 7;
const instance = `${hostname()} ${process.pid}`;

export type DuePull = { id: string; providerId: string; log: string; cursor: JsonObject | null };

/** Takes the logs that are due and that nobody holds; each is then this instance's until its lease ends. */
export async function claimDuePulls(database: Database, tenantId: string, most: number): Promise<DuePull[]> {
  return database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<DuePull[]>`
      UPDATE provider_pulls p SET lease_by = ${instance}, lease_until = clock_timestamp() + make_interval(secs => ${pullLeaseSeconds}::int)
      WHERE (p.tenant_id, p.id) IN (
        SELECT tenant_id, id FROM provider_pulls
        WHERE tenant_id = ${tenantId}::uuid AND enabled AND next_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
        ORDER BY next_at LIMIT ${most}::int FOR UPDATE SKIP LOCKED)
      RETURNING p.id::text, p.provider_id::text AS "providerId", p.log, p.cursor`,
  );
}

/**
 * Reads a log from its cursor to its present end, page by page. The cursor moves in the transaction that stores the page, and only
 * while the lease is held: so a page is never passed over, and what is read twice is recognised (I1, I2).
 * @returns how many records were new
 */
export async function pullOnce(
  context: { database: Database; tenantId: string; findPlace: FindPlace; signal: AbortSignal },
  due: DuePull,
): Promise<number> {
  const { database, tenantId } = context;
  try {
    const source = await openSource(context.database, tenantId, due);
    if (!source)
      return await finish(database, tenantId, due, {
        error: 'The provider is not connected, or has no such log.',
        restSeconds: 300,
      });
    return await readPages(context, due, source);
  } catch (error) {
    if (error instanceof LeaseLost || isDatabaseAway(error)) throw error;
    const known = error instanceof ProviderCallFailed;
    const said = known
      ? error.message
      : 'Something went wrong on our side while this log was read; the log of the desk has it.';
    await finish(database, tenantId, due, { error: said, restSeconds: known ? error.retryAfterSeconds : null });
    if (!known) throw error;
    return 0;
  }
}

type Source = {
  pull: PullLog;
  definition: ProviderDefinition;
  provider: { id: string; slug: string; kind: string; issuer: string };
  connection: Parameters<PullLog['read']>[0]['connection'];
};

async function openSource(database: Database, tenantId: string, due: DuePull): Promise<Source | null> {
  const provider = await database.inTenant(tenantId, (tx) =>
    tx.provider.findUnique({ where: { tenantId_id: { tenantId, id: due.providerId } } }),
  );
  const definition = provider ? findProvider(provider.kind) : undefined;
  const pull = definition?.pulls?.find(({ log }) => log === due.log);
  const connection = provider ? connectionOf(provider) : null;
  return provider && definition && pull && connection ? { pull, definition, provider, connection } : null;
}

async function readPages(
  context: { database: Database; tenantId: string; findPlace: FindPlace; signal: AbortSignal },
  due: DuePull,
  { pull, definition, provider, connection }: Source,
): Promise<number> {
  const { database, tenantId, findPlace, signal } = context;
  const from = new Date(now().getTime() - firstLookDays * 86_400_000);
  let cursor = due.cursor;
  let stored = 0;
  let wasRefused = false;
  for (let pages = 0; ; pages += 1) {
    let page: PulledPage;
    try {
      page = await pull.read({ connection, cursor, from, signal });
    } catch (error) {
      const again = cursor && !wasRefused && isRefusedPlace(error) ? (pull.byTime?.(cursor) ?? null) : null;
      if (!again) throw error;
      // Once a look. What is read twice by this is recognised.
      log.warn(
        { log: due.log, provider: provider.slug },
        'the provider refused the place in its log; going on by time',
      );
      wasRefused = true;
      cursor = again;
      continue;
    }
    const records = unfoldRecords(splitRecords(page.body, false, definition.unfold?.lists), definition);
    // A page that leads to itself is not asked for again at once, however much it says there is.
    const more = page.more && JSON.stringify(page.cursor) !== JSON.stringify(cursor);
    const summary = await appendRecords(
      {
        database,
        tenantId,
        provider,
        definition,
        findPlace,
        receivedAt: now(),
        alongside: async (run) => {
          const moved = await run<{ id: string }>(Prisma.sql`
            UPDATE provider_pulls SET cursor = ${JSON.stringify(page.cursor)}::jsonb,
              lease_until = clock_timestamp() + make_interval(secs => ${pullLeaseSeconds}::int)
            WHERE tenant_id = ${tenantId}::uuid AND id = ${due.id}::uuid AND lease_by = ${instance} RETURNING id`);
          // Somebody else took over while this page was on its way: it is theirs to store.
          if (moved.length === 0) throw new LeaseLost();
        },
      },
      records,
    );
    failpoint('pull.after_page');
    stored += summary.stored;
    cursor = page.cursor;
    if (page.restSeconds !== null || !more || pages + 1 >= pagesMax || signal.aborted) {
      const wait = page.restSeconds ?? (more ? 0 : pull.intervalSeconds);
      await finish(database, tenantId, due, { error: null, restSeconds: wait });
      return stored;
    }
  }
}

/** True for the answers that mean "I do not know this place": a page's token that has expired, a record that is gone. */
function isRefusedPlace(error: unknown): boolean {
  return error instanceof ProviderCallFailed && [400, 404, 410, 422].includes(error.status ?? 0);
}

/** Thrown when another instance holds the log now. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/** Lets go of the log and says when to look again: as asked, or after an error later each time, 15 s to 15 min. */
async function finish(
  database: Database,
  tenantId: string,
  due: DuePull,
  outcome: { error: string | null; restSeconds: number | null },
): Promise<number> {
  await database.inTenant(tenantId, (tx) =>
    outcome.error === null
      ? succeed(tx, tenantId, due, outcome.restSeconds ?? 0)
      : fail(tx, tenantId, due, outcome.error, outcome.restSeconds),
  );
  return 0;
}

async function succeed(tx: Tx, tenantId: string, due: DuePull, restSeconds: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE provider_pulls SET lease_by = NULL, lease_until = NULL, last_ok_at = clock_timestamp(), failures = 0,
      next_at = clock_timestamp() + make_interval(secs => ${restSeconds}::int)
    WHERE tenant_id = ${tenantId}::uuid AND id = ${due.id}::uuid AND lease_by = ${instance}`;
}

async function fail(tx: Tx, tenantId: string, due: DuePull, error: string, restSeconds: number | null): Promise<void> {
  await tx.$executeRaw`
    UPDATE provider_pulls SET lease_by = NULL, lease_until = NULL, failures = failures + 1, last_error = ${error}, last_error_at = clock_timestamp(),
      next_at = clock_timestamp() + make_interval(secs => COALESCE(${restSeconds}::int, LEAST(15 * (2 ^ LEAST(failures, 6)), 900)::int))
    WHERE tenant_id = ${tenantId}::uuid AND id = ${due.id}::uuid AND lease_by = ${instance}`;
}
