import type { Tx } from '#lib/kernel/db/database.ts';

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
  places: { country: string | null; city: string | null; latitude: number; longitude: number; sessions: number }[];
  /** When each provider's latest event happened and was taken in, and how many of its records wait in quarantine. */
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

/** Reads the overview of a tenant in a handful of indexed queries. */
export async function readOverview(tx: Tx, tenantId: string): Promise<Overview> {
  const openSignals = await tx.$queryRaw<{ severity: string; count: number }[]>`
    SELECT severity, count(*)::int AS count FROM signals
    WHERE tenant_id = ${tenantId}::uuid AND state IN ('open', 'acknowledged', 'in_progress') GROUP BY severity, severity_rank ORDER BY severity_rank DESC`;
  const liveSessionsByProvider = await tx.$queryRaw<{ provider: string; name: string; count: number }[]>`
    SELECT v.slug AS provider, v.name, count(*)::int AS count FROM sessions s JOIN providers v ON v.tenant_id = s.tenant_id AND v.id = s.provider_id
    WHERE s.tenant_id = ${tenantId}::uuid AND s.ended_at IS NULL AND s.last_seen_at >= now() - interval '30 days' GROUP BY v.slug, v.name ORDER BY count DESC`;
  const liveSessionsByCountry = await tx.$queryRaw<{ country: string | null; count: number }[]>`
    SELECT country, count(*)::int AS count FROM sessions
    WHERE tenant_id = ${tenantId}::uuid AND ended_at IS NULL AND last_seen_at >= now() - interval '30 days' GROUP BY country ORDER BY count DESC, country LIMIT 8`;
  const hours = await tx.$queryRaw<{ at: Date; succeeded: number; failed: number }[]>`
    SELECT h.at, COALESCE(c.succeeded, 0) AS succeeded, COALESCE(c.failed, 0) AS failed
    FROM generate_series(date_trunc('hour', now()) - interval '71 hours', date_trunc('hour', now()), interval '1 hour') AS h(at)
    LEFT JOIN (
      SELECT date_trunc('hour', occurred_at) AS at, count(*) FILTER (WHERE outcome = 'success')::int AS succeeded,
        count(*) FILTER (WHERE outcome = 'failure')::int AS failed
      FROM events WHERE tenant_id = ${tenantId}::uuid AND type = 'sign_in'
        AND occurred_at >= date_trunc('hour', now()) - interval '71 hours' AND occurred_at < now() + interval '1 hour' GROUP BY 1
    ) AS c ON c.at = h.at ORDER BY h.at`;
  const places = await tx.$queryRaw<
    { country: string | null; city: string | null; latitude: number; longitude: number; sessions: number }[]
  >`
    SELECT e.country, e.city, avg(e.latitude)::float8 AS latitude, avg(e.longitude)::float8 AS longitude, count(DISTINCT e.session_id)::int AS sessions
    FROM events e JOIN sessions s ON s.tenant_id = e.tenant_id AND s.id = e.session_id AND s.ended_at IS NULL
    WHERE e.tenant_id = ${tenantId}::uuid AND e.occurred_at >= now() - interval '3 days' AND e.latitude IS NOT NULL
    GROUP BY e.country, e.city ORDER BY sessions DESC LIMIT 60`;
  const providers = await readProviders(tx, tenantId);
  const [numbers] = await tx.$queryRaw<{ devices: number; stale: number; failed: number; succeeded: number }[]>`
    SELECT (SELECT count(*)::int FROM devices WHERE tenant_id = ${tenantId}::uuid AND first_seen_at >= now() - interval '24 hours') AS devices,
      (SELECT count(*)::int FROM signals WHERE tenant_id = ${tenantId}::uuid AND state = 'open' AND last_at <= now() - interval '24 hours') AS stale,
      (SELECT count(*)::int FROM events WHERE tenant_id = ${tenantId}::uuid AND occurred_at >= now() - interval '24 hours' AND type = 'sign_in' AND outcome = 'failure') AS failed,
      (SELECT count(*)::int FROM events WHERE tenant_id = ${tenantId}::uuid AND occurred_at >= now() - interval '24 hours' AND type = 'sign_in' AND outcome = 'success') AS succeeded`;
  const received = providers.flatMap(({ receivedAt }) => receivedAt ?? []).sort();
  return {
    openSignals,
    staleSignals: numbers?.stale ?? 0,
    liveSessionsByProvider,
    liveSessionsByCountry,
    liveSessions: liveSessionsByProvider.reduce((sum, each) => sum + each.count, 0),
    devicesNew24h: numbers?.devices ?? 0,
    failures24h: numbers?.failed ?? 0,
    signIns24h: numbers?.succeeded ?? 0,
    quarantined: providers.reduce((sum, each) => sum + each.quarantined, 0),
    hours: hours.map((hour) => ({ ...hour, at: hour.at.toISOString() })),
    places,
    providers,
    lastEventAt: received.at(-1) ?? null,
  };
}

/** What each provider sent lately. Looks a month back: a provider silent for longer reads as silent. */
async function readProviders(tx: Tx, tenantId: string): Promise<ProviderIntake[]> {
  const rows = await tx.$queryRaw<
    (Omit<ProviderIntake, 'occurredAt' | 'receivedAt'> & { occurredAt: Date | null; receivedAt: Date | null })[]
  >`
    SELECT v.slug AS provider, v.name, e.occurred_at AS "occurredAt", e.received_at AS "receivedAt", COALESCE(e.recent, 0) AS "events24h",
      (SELECT count(*)::int FROM quarantined_records q WHERE q.tenant_id = v.tenant_id AND q.provider_id = v.id) AS quarantined
    FROM providers v
    LEFT JOIN (
      SELECT provider_id, max(occurred_at) AS occurred_at, max(received_at) AS received_at,
        count(*) FILTER (WHERE occurred_at >= now() - interval '24 hours')::int AS recent
      FROM events WHERE tenant_id = ${tenantId}::uuid AND occurred_at >= now() - interval '30 days' GROUP BY provider_id
    ) AS e ON e.provider_id = v.id
    WHERE v.tenant_id = ${tenantId}::uuid ORDER BY e.received_at DESC NULLS LAST, v.name`;
  return rows.map((row) => ({
    ...row,
    occurredAt: row.occurredAt?.toISOString() ?? null,
    receivedAt: row.receivedAt?.toISOString() ?? null,
  }));
}
