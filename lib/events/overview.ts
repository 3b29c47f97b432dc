import type { Tx } from '#lib/kernel/db/database.ts';
import { countCap } from '#lib/kernel/db/listing.ts';

/** Figures of the overview; each is the count behind a list the screen links to. */
export type Overview = {
  openSignals: { severity: string; count: number }[];
  /** Open signals nobody touched for a day. */
  staleSignals: number;
  liveSessions: number;
  liveSessionsByProvider: { provider: string; name: string; count: number }[];
  liveSessionsByCountry: { country: string | null; count: number }[];
  devicesNew24h: number;
  failures24h: number;
  signIns24h: number;
  quarantined: number;
  hours: { at: string; succeeded: number; failed: number }[];
  /** When each provider's latest event happened and was taken in, and how many of its records wait in quarantine, exact up to the cap of lists. */
  providers: ProviderIntake[];
  lastEventAt: string | null;
};
export type ProviderIntake = {
  provider: string;
  name: string;
  occurredAt: string | null;
  receivedAt: string | null;
  events24h: number;
  quarantined: number;
};

/**
 * Reads the overview of a tenant in a handful of indexed queries: none of them reads what is older than the days it speaks of. What was
 * first seen today was last seen today too, which has an index.
 */
export async function readOverview(tx: Tx, tenantId: string): Promise<Overview> {
  const openSignals = await tx.$queryRaw<{ severity: string; count: number }[]>`
    SELECT severity, count(*)::int AS count FROM signals
    WHERE tenant_id = ${tenantId}::uuid AND state IN ('open', 'acknowledged', 'in_progress') GROUP BY severity, severity_rank ORDER BY severity_rank DESC`;
  const live = await readLiveSessions(tx, tenantId);
  const hours = await tx.$queryRaw<{ at: Date; succeeded: number; failed: number }[]>`
    SELECT h.at, COALESCE(c.succeeded, 0) AS succeeded, COALESCE(c.failed, 0) AS failed
    FROM generate_series(date_trunc('hour', now()) - interval '71 hours', date_trunc('hour', now()), interval '1 hour') AS h(at)
    LEFT JOIN (
      SELECT date_trunc('hour', occurred_at) AS at, count(*) FILTER (WHERE outcome = 'success')::int AS succeeded,
        count(*) FILTER (WHERE outcome = 'failure')::int AS failed
      FROM events WHERE tenant_id = ${tenantId}::uuid AND type = 'sign_in'
        AND occurred_at >= date_trunc('hour', now()) - interval '71 hours' AND occurred_at < now() + interval '1 hour' GROUP BY 1
    ) AS c ON c.at = h.at ORDER BY h.at`;
  const providers = await readProviders(tx, tenantId);
  const [numbers] = await tx.$queryRaw<{ devices: number; stale: number; failed: number; succeeded: number }[]>`
    SELECT (SELECT count(*)::int FROM devices WHERE tenant_id = ${tenantId}::uuid AND first_seen_at >= now() - interval '24 hours'
        AND last_seen_at >= now() - interval '24 hours') AS devices,
      (SELECT count(*)::int FROM signals WHERE tenant_id = ${tenantId}::uuid AND state = 'open' AND last_at <= now() - interval '24 hours') AS stale,
      (SELECT count(*)::int FROM events WHERE tenant_id = ${tenantId}::uuid AND occurred_at >= now() - interval '24 hours' AND type = 'sign_in' AND outcome = 'failure') AS failed,
      (SELECT count(*)::int FROM events WHERE tenant_id = ${tenantId}::uuid AND occurred_at >= now() - interval '24 hours' AND type = 'sign_in' AND outcome = 'success') AS succeeded`;
  const received = providers.flatMap(({ receivedAt }) => receivedAt ?? []).sort();
  return {
    openSignals,
    staleSignals: numbers?.stale ?? 0,
    ...live,
    devicesNew24h: numbers?.devices ?? 0,
    failures24h: numbers?.failed ?? 0,
    signIns24h: numbers?.succeeded ?? 0,
    quarantined: providers.reduce((sum, each) => sum + each.quarantined, 0),
    hours: hours.map((hour) => ({ ...hour, at: hour.at.toISOString() })),
    providers,
    lastEventAt: received.at(-1) ?? null,
  };
}

const countriesMax = 8;

/** Who is signed in, counted in one pass by provider and by country. */
async function readLiveSessions(
  tx: Tx,
  tenantId: string,
): Promise<Pick<Overview, 'liveSessions' | 'liveSessionsByProvider' | 'liveSessionsByCountry'>> {
  const rows = await tx.$queryRaw<
    { provider: string | null; name: string | null; country: string | null; isCountry: boolean; count: number }[]
  >`
    SELECT v.slug AS provider, v.name, c.country, c.is_country AS "isCountry", c.n AS count FROM (
      SELECT provider_id, country, GROUPING(provider_id) = 1 AS is_country, count(*)::int AS n FROM sessions
      WHERE tenant_id = ${tenantId}::uuid AND ended_at IS NULL AND last_seen_at >= now() - interval '30 days'
      GROUP BY GROUPING SETS ((provider_id), (country))) AS c
    LEFT JOIN providers v ON v.tenant_id = ${tenantId}::uuid AND v.id = c.provider_id ORDER BY c.n DESC, v.slug, c.country`;
  const liveSessionsByProvider = rows.flatMap(({ provider, name, isCountry, count }) =>
    isCountry || provider === null || name === null ? [] : [{ provider, name, count }],
  );
  return {
    liveSessionsByProvider,
    liveSessionsByCountry: rows
      .flatMap(({ country, isCountry, count }) => (isCountry ? [{ country, count }] : []))
      .slice(0, countriesMax),
    liveSessions: liveSessionsByProvider.reduce((sum, each) => sum + each.count, 0),
  };
}

/** What each provider sent lately, by the numbers of its appends, kept for a month: a provider silent for longer reads as silent. */
async function readProviders(tx: Tx, tenantId: string): Promise<ProviderIntake[]> {
  const rows = await tx.$queryRaw<
    (Omit<ProviderIntake, 'occurredAt' | 'receivedAt'> & { occurredAt: Date | null; receivedAt: Date | null })[]
  >`
    SELECT v.slug AS provider, v.name, b.received_at - make_interval(secs => b.lag_seconds) AS "occurredAt", b.received_at AS "receivedAt",
      COALESCE(e.recent, 0) AS "events24h",
      (SELECT count(*)::int FROM (SELECT 1 FROM quarantined_records q WHERE q.tenant_id = v.tenant_id AND q.provider_id = v.id
        LIMIT ${countCap}) AS waiting) AS quarantined
    FROM providers v
    LEFT JOIN LATERAL (
      SELECT received_at, lag_seconds FROM provider_batches
      WHERE tenant_id = v.tenant_id AND provider_id = v.id AND stored > 0 ORDER BY received_at DESC LIMIT 1) AS b ON true
    LEFT JOIN (
      SELECT provider_id, count(*)::int AS recent FROM events
      WHERE tenant_id = ${tenantId}::uuid AND occurred_at >= now() - interval '24 hours' GROUP BY provider_id) AS e ON e.provider_id = v.id
    WHERE v.tenant_id = ${tenantId}::uuid ORDER BY b.received_at DESC NULLS LAST, v.name`;
  return rows.map((row) => ({
    ...row,
    occurredAt: row.occurredAt?.toISOString() ?? null,
    receivedAt: row.receivedAt?.toISOString() ?? null,
  }));
}
