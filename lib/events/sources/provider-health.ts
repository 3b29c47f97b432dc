import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { countCap } from '#lib/kernel/db/listing.ts';
import type { ProviderState } from '#lib/model/provider.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** A provider as the list shows it. Counts of a day; `lagSeconds` is of the latest append. */
export type ProviderHealth = {
  id: string;
  slug: string;
  kind: string;
  kindName: string;
  name: string;
  issuer: string;
  connected: boolean;
  state: ProviderState;
  lastReceivedAt: string | null;
  lagSeconds: number | null;
  /** Stored in the last ten minutes, by ten. */
  perMinute: number;
  storedToday: number;
  unmappedToday: number;
  /** Waiting in quarantine, exact up to the cap of lists. */
  quarantined: number;
  lastError: string | null;
  lastErrorAt: string | null;
};

type Raw = {
  id: string;
  slug: string;
  kind: string;
  name: string;
  issuer: string;
  connected: boolean;
  receiver_status: string | null;
  receiver_enabled: boolean | null;
  pulling: boolean;
  last_received_at: Date | null;
  lag_seconds: number | null;
  recent: number;
  stored_today: number;
  unmapped_today: number;
  quarantined: number;
  failing: boolean;
  last_error: string | null;
  last_error_at: Date | null;
  quiet: boolean;
};

/** Providers of a tenant at most; an organisation has a handful. */
export const providersMax = 500;

/** Every provider with its numbers, in two index look-ups each; what needs a person comes first. `only` narrows it to one. */
export async function listProviderHealth(
  tx: Tx,
  tenantId: string,
  only: string | null = null,
): Promise<ProviderHealth[]> {
  const rows = await tx.$queryRaw<Raw[]>`
    SELECT v.id::text, v.slug, v.kind, v.name, v.issuer, v.base_url IS NOT NULL AND v.secret IS NOT NULL AS connected,
      s.transmitter_status AS receiver_status, s.enabled AS receiver_enabled, COALESCE(l.pulling, false) AS pulling,
      GREATEST(b.at, s.last_received_at) AS last_received_at, b.lag_seconds, COALESCE(d.recent, 0)::int AS recent,
      COALESCE(d.stored, 0)::int AS stored_today, COALESCE(u.unmapped, 0)::int AS unmapped_today, q.n AS quarantined,
      COALESCE(l.failing, false) OR COALESCE(GREATEST(s.last_error_at, v.last_refusal_at)
        > GREATEST(b.at, s.last_received_at, clock_timestamp() - interval '1 hour'), false) AS failing,
      e.said AS last_error, e.at AS last_error_at,
      COALESCE(GREATEST(b.at, s.last_received_at) < clock_timestamp() - interval '1 day', false) AS quiet
    FROM providers v
    LEFT JOIN ssf_receivers s ON s.tenant_id = v.tenant_id AND s.provider_id = v.id
    LEFT JOIN LATERAL (
      SELECT received_at AS at, lag_seconds FROM provider_batches
      WHERE tenant_id = v.tenant_id AND provider_id = v.id AND stored > 0 ORDER BY received_at DESC LIMIT 1) b ON true
    LEFT JOIN LATERAL (
      SELECT sum(stored) AS stored, sum(stored) FILTER (WHERE received_at > clock_timestamp() - interval '10 minutes') AS recent
      FROM provider_batches WHERE tenant_id = v.tenant_id AND provider_id = v.id AND received_at > clock_timestamp() - interval '1 day') d ON true
    LEFT JOIN LATERAL (
      SELECT sum(n.value::int) AS unmapped FROM provider_batches p, jsonb_each_text(p.unmapped) AS n
      WHERE p.tenant_id = v.tenant_id AND p.provider_id = v.id AND p.received_at > clock_timestamp() - interval '1 day' AND p.unmapped <> '{}') u ON true
    LEFT JOIN LATERAL (
      SELECT count(*)::int AS n FROM (SELECT 1 FROM quarantined_records WHERE tenant_id = v.tenant_id AND provider_id = v.id LIMIT ${countCap}) c) q ON true
    LEFT JOIN LATERAL (
      SELECT bool_or(enabled) AS pulling, bool_or(enabled AND failures > 0) AS failing, max(last_error_at) AS last_error_at,
        (array_agg(last_error ORDER BY last_error_at DESC NULLS LAST))[1] AS last_error
      FROM provider_pulls WHERE tenant_id = v.tenant_id AND provider_id = v.id) l ON true
    LEFT JOIN LATERAL (
      SELECT received_at AS at, quarantined FROM provider_batches WHERE tenant_id = v.tenant_id AND provider_id = v.id
        AND quarantined > 0 AND received_at > clock_timestamp() - interval '1 day' ORDER BY received_at DESC LIMIT 1) bad ON true
    LEFT JOIN LATERAL (
      SELECT said, at FROM (VALUES (l.last_error, l.last_error_at), (s.last_error, s.last_error_at), (v.last_refusal, v.last_refusal_at),
        (CASE bad.quarantined WHEN 1 THEN 'One record of a delivery' ELSE bad.quarantined || ' records of a delivery' END
          || ' could not be read and went to quarantine.', bad.at)) AS errors(said, at)
      WHERE at IS NOT NULL ORDER BY at DESC LIMIT 1) e ON true
    WHERE v.tenant_id = ${tenantId}::uuid AND ${only === null ? Prisma.sql`true` : Prisma.sql`v.id = ${only}::uuid`}
    ORDER BY v.name, v.id LIMIT ${providersMax}`;
  return rows.map(toHealth).sort((a, b) => Number(b.state === 'problem') - Number(a.state === 'problem'));
}

function toHealth(row: Raw): ProviderHealth {
  return {
    id: row.id,
    slug: row.slug,
    kind: row.kind,
    kindName: findProvider(row.kind)?.name ?? row.kind,
    name: row.name,
    issuer: row.issuer,
    connected: row.connected,
    state: stateOf(row),
    lastReceivedAt: row.last_received_at?.toISOString() ?? null,
    lagSeconds: row.lag_seconds,
    perMinute: row.recent / 10,
    storedToday: row.stored_today,
    unmappedToday: row.unmapped_today,
    quarantined: row.quarantined,
    lastError: row.last_error,
    lastErrorAt: row.last_error_at?.toISOString() ?? null,
  };
}

function stateOf(row: Raw): ProviderState {
  if (row.receiver_enabled === false || (row.receiver_status !== null && row.receiver_status !== 'enabled'))
    return 'paused';
  if (row.failing) return 'problem';
  if (row.last_received_at === null) return 'waiting';
  return row.quiet ? 'quiet' : 'receiving';
}
