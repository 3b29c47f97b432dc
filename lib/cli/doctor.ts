import { checkViews } from '#lib/events/rebuild-views.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { clockSkewMs, clockSkewMsMax } from '#lib/kernel/clock.ts';
import { deskLogin } from '#lib/kernel/db/desk-login.ts';
import { assertSchemaIsKnown } from '#lib/kernel/db/migrate.ts';
import { pool, poolProfiles } from '#lib/kernel/db/pools.ts';
import type { Env } from '#lib/kernel/env.ts';
import { openCityDatabase } from '#lib/kernel/geo/city-database.ts';
import { cityDatabaseFile, networkDatabaseFile } from '#lib/kernel/geo/city-database-file.ts';
import { openNetworkDatabase } from '#lib/kernel/geo/network-database.ts';
import { administratorsLeft } from '#lib/staff/last-administrators.ts';

/** Statements of one desk and its worker that may read all events at the same time. */
const searchesAtOnce = poolProfiles.desk.connections + poolProfiles.worker.connections + poolProfiles.cli.connections;

/** `missing` is no failure: it says what the desk does without. */
export type Finding = { check: string; state: 'ok' | 'missing' | 'failed'; detail: string };

/** Whether the database has room for the locks of all searches that may run at once: `each` is what one takes that names no time. */
export function locksFinding(each: number, room: number): [Finding['state'], string] {
  const wanted = each * searchesAtOnce;
  if (wanted <= room) return ['ok', `room for ${room}; a search of all time takes ${each}`];
  return [
    'failed',
    `a search of all time takes ${each} locks, ${searchesAtOnce} of them at once ${wanted}, and the database has room for ${room}: ` +
      `set its max_locks_per_transaction ${Math.ceil(wanted / room)} times as high and restart it`,
  ];
}

/**
 * Looks at everything a desk stands on, one finding each; a check that throws is a failed one and hides no other.
 * @param options `rebuild` derives all views anew from the events and compares (reads every event)
 */
export async function examine(env: Env, actor: Actor, options: { rebuild: boolean }): Promise<Finding[]> {
  const database = pool('cli');
  const findings: Finding[] = [];
  const look = async (check: string, work: () => Promise<[Finding['state'], string]> | [Finding['state'], string]) => {
    try {
      const [state, detail] = await work();
      findings.push({ check, state, detail });
    } catch (error) {
      findings.push({ check, state: 'failed', detail: error instanceof Error ? error.message : String(error) });
    }
  };
  await look('database', async () => {
    const [row] = await database.outsideTenants(
      (tx) => tx.$queryRaw<{ version: string }[]>`SELECT current_setting('server_version') AS version`,
    );
    const whose = env.DATABASE_URL ? 'your own (DATABASE_URL)' : `embedded, in ${env.DATA_DIR}/postgres`;
    return ['ok', `PostgreSQL ${row?.version}, ${whose}`];
  });
  await look('schema', async () => {
    await assertSchemaIsKnown(process.env.DATABASE_URL ?? '');
    return ['ok', 'the one this version knows'];
  });
  await look('locks', async () => {
    // A search that names no time locks the table and the indexes of every month; PostgreSQL has room for so many locks and no more.
    const [row] = await database.outsideTenants(
      (tx) => tx.$queryRaw<{ each: number; room: number }[]>`
        SELECT (SELECT count(*)::int FROM pg_partition_tree('events') t LEFT JOIN pg_index i ON i.indrelid = t.relid AND t.isleaf) AS each,
          current_setting('max_locks_per_transaction')::int
            * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) AS room`,
    );
    return locksFinding(row?.each ?? 0, row?.room ?? 0);
  });
  await look('login', async () => {
    const { url, note } = await deskLogin(process.env.DATABASE_URL ?? '');
    return note ? ['missing', note] : ['ok', `${new URL(url).username}, which owns nothing`];
  });
  await look('clock', async () => {
    const skewMs = await database.outsideTenants(clockSkewMs);
    return Math.abs(skewMs) > clockSkewMsMax
      ? ['failed', `this machine and the database are ${Math.abs(skewMs)} ms apart; set both by NTP`]
      : ['ok', `within ${clockSkewMsMax} ms of the database`];
  });
  await look('address', () => ['ok', env.GATEHOUSE_URL]);
  await look('worker', async () => {
    const [row] = await database.outsideTenants(
      (tx) => tx.$queryRaw<{ alive: boolean }[]>`
        SELECT EXISTS (SELECT 1 FROM heartbeats WHERE process = 'worker' AND seen_at > clock_timestamp() - interval '30 seconds') AS alive`,
    );
    return row?.alive
      ? ['ok', 'seen within 30 s']
      : ['missing', 'none at work: nothing is detected or carried out until npm start'];
  });
  await look('administrators', async () => {
    const { able, sealed } = await database.inTenant(actor.tenantId, (tx) => administratorsLeft(tx, actor.tenantId));
    const words = `${able} with a passkey, break-glass account ${sealed ? 'sealed' : 'not sealed'}`;
    if (able >= 2 || (able > 0 && sealed)) return ['ok', words];
    return ['missing', `${words}: if one person is lost, nobody can run the desk; invite another or seal an account`];
  });
  await look('places', () => ['ok', openCityDatabase(env.GEOIP_CITY_DB ?? cityDatabaseFile()).description]);
  await look('networks', () => ['ok', openNetworkDatabase(env.GEOIP_ASN_DB ?? networkDatabaseFile()).description]);
  await look('providers', async () => {
    const found = await database.inTenant(actor.tenantId, (tx) =>
      tx.provider.findMany({ orderBy: { slug: 'asc' }, take: 100 }),
    );
    if (found.length === 0) return ['missing', 'none yet: import records or send some to /api/v1/ingest/…'];
    return ['ok', found.map(({ slug, baseUrl }) => (baseUrl ? `${slug} (can act)` : slug)).join(', ')];
  });
  await look('queue', async () => {
    const [row] = await database.inTenant(
      actor.tenantId,
      (tx) => tx.$queryRaw<{ waiting: number; oldest: number | null }[]>`
        SELECT count(*)::int AS waiting, extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS oldest
        FROM event_batches WHERE tenant_id = ${actor.tenantId}::uuid AND detected_at IS NULL`,
    );
    const waiting = row?.waiting ?? 0;
    return [
      'ok',
      waiting === 0
        ? 'no batch waits for the detectors'
        : `${waiting} batches wait, the oldest for ${Math.round(row?.oldest ?? 0)} s`,
    ];
  });
  if (options.rebuild) {
    await look('views', async () => {
      const verdicts = await pool('maintenance').inTenant(actor.tenantId, (tx) => checkViews(tx, actor.tenantId));
      const wrong = verdicts.filter(({ different }) => different > 0);
      const retired = await database.inTenant(actor.tenantId, (tx) =>
        tx.retiredMonth.count({ where: { tenantId: actor.tenantId } }),
      );
      if (wrong.length > 0 && retired > 0)
        return [
          'missing',
          'not comparable: retention took a month out and has not derived them anew yet. The worker or `gatehouse retention run` does that',
        ];
      return wrong.length === 0
        ? [
            'ok',
            `equal a rebuild from the events: ${verdicts.map(({ view, rows }) => `${rows} ${view.replace('_', ' ')}`).join(', ')}`,
          ]
        : [
            'failed',
            wrong
              .map(({ view, different, ids }) => `${different} ${view} differ (${ids.slice(0, 3).join(', ')}…)`)
              .join('; '),
          ];
    });
  }
  return findings;
}
