import type { Tx } from '#lib/kernel/db/database.ts';

/** Figures of the overview; each is the count behind a list the screen links to. */
export type Overview = {
  openSignals: { severity: string; count: number }[];
  liveSessions: number;
  liveSessionsByProvider: { provider: string; name: string; count: number }[];
  devicesNew24h: number;
  failures24h: number;
  signIns24h: number;
  quarantined: number;
  hours: { at: string; succeeded: number; failed: number }[];
  places: { country: string | null; city: string | null; latitude: number; longitude: number; sessions: number }[];
  lastEventAt: string | null;
};

/** Reads the overview of a tenant in a handful of indexed queries. */
export async function readOverview(tx: Tx, tenantId: string): Promise<Overview> {
  const openSignals = await tx.$queryRaw<{ severity: string; count: number }[]>`
    SELECT severity, count(*)::int AS count FROM signals
    WHERE tenant_id = ${tenantId}::uuid AND state IN ('open', 'acknowledged', 'in_progress') GROUP BY severity, severity_rank ORDER BY severity_rank DESC`;
  const liveSessionsByProvider = await tx.$queryRaw<{ provider: string; name: string; count: number }[]>`
    SELECT v.slug AS provider, v.name, count(*)::int AS count FROM sessions s JOIN providers v ON v.tenant_id = s.tenant_id AND v.id = s.provider_id
    WHERE s.tenant_id = ${tenantId}::uuid AND s.ended_at IS NULL AND s.last_seen_at >= now() - interval '30 days' GROUP BY v.slug, v.name ORDER BY count DESC`;
  const hours = await tx.$queryRaw<{ at: Date; succeeded: number; failed: number }[]>`
    SELECT h.at, count(e.id) FILTER (WHERE e.outcome = 'success')::int AS succeeded, count(e.id) FILTER (WHERE e.outcome = 'failure')::int AS failed
    FROM generate_series(date_trunc('hour', now()) - interval '71 hours', date_trunc('hour', now()), interval '1 hour') AS h(at)
    LEFT JOIN events e ON e.tenant_id = ${tenantId}::uuid AND e.occurred_at >= h.at AND e.occurred_at < h.at + interval '1 hour'
      AND e.occurred_at >= date_trunc('hour', now()) - interval '71 hours' AND e.type = 'sign_in'
    GROUP BY h.at ORDER BY h.at`;
  const places = await tx.$queryRaw<
    { country: string | null; city: string | null; latitude: number; longitude: number; sessions: number }[]
  >`
    SELECT e.country, e.city, avg(e.latitude)::float8 AS latitude, avg(e.longitude)::float8 AS longitude, count(DISTINCT e.session_id)::int AS sessions
    FROM events e JOIN sessions s ON s.tenant_id = e.tenant_id AND s.id = e.session_id AND s.ended_at IS NULL
    WHERE e.tenant_id = ${tenantId}::uuid AND e.occurred_at >= now() - interval '3 days' AND e.latitude IS NOT NULL
    GROUP BY e.country, e.city ORDER BY sessions DESC LIMIT 60`;
  const [numbers] = await tx.$queryRaw<
    { devices: number; quarantined: number; failed: number; succeeded: number; last: Date | null }[]
  >`
    SELECT (SELECT count(*)::int FROM devices WHERE tenant_id = ${tenantId}::uuid AND first_seen_at >= now() - interval '24 hours') AS devices,
      (SELECT count(*)::int FROM quarantined_records WHERE tenant_id = ${tenantId}::uuid) AS quarantined,
      (SELECT count(*)::int FROM events WHERE tenant_id = ${tenantId}::uuid AND occurred_at >= now() - interval '24 hours' AND type = 'sign_in' AND outcome = 'failure') AS failed,
      (SELECT count(*)::int FROM events WHERE tenant_id = ${tenantId}::uuid AND occurred_at >= now() - interval '24 hours' AND type = 'sign_in' AND outcome = 'success') AS succeeded,
      (SELECT max(received_at) FROM events WHERE tenant_id = ${tenantId}::uuid AND occurred_at >= now() - interval '30 days') AS last`;
  return {
    openSignals,
    liveSessionsByProvider,
    liveSessions: liveSessionsByProvider.reduce((sum, each) => sum + each.count, 0),
    devicesNew24h: numbers?.devices ?? 0,
    failures24h: numbers?.failed ?? 0,
    signIns24h: numbers?.succeeded ?? 0,
    quarantined: numbers?.quarantined ?? 0,
    hours: hours.map((hour) => ({ ...hour, at: hour.at.toISOString() })),
    places,
    lastEventAt: numbers?.last?.toISOString() ?? null,
  };
}
