import type { Tx } from '#lib/kernel/db/database.ts';
import { freshAddressHours } from '#lib/recovery/proof-policy.ts';
import { type Risk, type RiskFacts, scoreRisk } from '#lib/recovery/risk.ts';

export type CaseContext = {
  facts: RiskFacts;
  risk: Risk;
  signals: { id: string; title: string; severity: string; lastAt: string }[];
  sessions: {
    id: string;
    startedAt: string;
    lastSeenAt: string;
    country: string | null;
    city: string | null;
    ip: string | null;
  }[];
  addresses: { address: string; firstSeenAt: string; replacedAt: string | null; isFresh: boolean }[];
  siblings: { id: string; number: string; identifier: string; state: string; createdAt: string }[];
};

type CaseRow = {
  id: string;
  personId: string | null;
  network: string;
  ip: string | null;
  userAgent: string | null;
  createdAt: Date;
};

/** What stands around a case: signals, sessions, addresses, other cases; and the risk that follows, computed anew each time. */
export async function caseContext(tx: Tx, tenantId: string, row: CaseRow): Promise<CaseContext> {
  const person = row.personId;
  const signals = person
    ? await tx.signal.findMany({
        where: { tenantId, personId: person, state: { in: ['open', 'acknowledged', 'in_progress'] } },
        orderBy: [{ severityRank: 'desc' }, { lastAt: 'desc' }],
        take: 20,
      })
    : [];
  const sessions = person
    ? await tx.session.findMany({
        where: { tenantId, personId: person, endedAt: null },
        orderBy: { lastSeenAt: 'desc' },
        take: 20,
      })
    : [];
  const addresses = person
    ? await tx.personAddress.findMany({
        where: { tenantId, personId: person },
        orderBy: { firstSeenAt: 'asc' },
        take: 20,
      })
    : [];
  const siblings = await tx.$queryRaw<
    { id: string; number: string; identifier: string; state: string; createdAt: Date }[]
  >`
    SELECT id::text, number, identifier, state, created_at AS "createdAt" FROM recovery_cases
    WHERE tenant_id = ${tenantId}::uuid AND id <> ${row.id}::uuid AND created_at > clock_timestamp() - interval '1 day'
      AND (network = ${row.network} AND network <> 'unknown' OR person_id = ${person}::uuid) ORDER BY created_at DESC LIMIT 20`;
  const [counted] = await tx.$queryRaw<
    {
      network: number;
      person: number;
      vetoed: boolean;
      known: boolean;
      privileged: boolean;
      factorHours: number | null;
      sessions: number;
    }[]
  >`
    SELECT
      (SELECT count(*)::int FROM recovery_cases c WHERE c.tenant_id = ${tenantId}::uuid AND c.id <> ${row.id}::uuid AND c.network = ${row.network}
        AND c.network <> 'unknown' AND c.created_at > clock_timestamp() - interval '1 day') AS network,
      (SELECT count(*)::int FROM recovery_cases c WHERE c.tenant_id = ${tenantId}::uuid AND c.id <> ${row.id}::uuid AND c.person_id = ${person}::uuid
        AND c.created_at > clock_timestamp() - interval '30 days') AS person,
      EXISTS (SELECT 1 FROM recovery_cases c WHERE c.tenant_id = ${tenantId}::uuid AND c.person_id = ${person}::uuid AND c.state = 'vetoed'
        AND c.id <> ${row.id}::uuid AND c.closed_at > clock_timestamp() - interval '1 year') AS vetoed,
      EXISTS (SELECT 1 FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.person_id = ${person}::uuid AND e.type = 'sign_in' AND e.outcome = 'success'
        AND e.occurred_at > clock_timestamp() - interval '90 days'
        AND e.ip <<= set_masklen(${row.ip}::inet, CASE family(${row.ip}::inet) WHEN 4 THEN 24 ELSE 64 END)) AS known,
      EXISTS (SELECT 1 FROM people p JOIN operators o ON lower(o.email) = lower(p.email) AND o.disabled_at IS NULL
        WHERE p.tenant_id = ${tenantId}::uuid AND p.id = ${person}::uuid)
        OR EXISTS (SELECT 1 FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.person_id = ${person}::uuid AND e.type = 'privilege_granted'
          AND e.occurred_at > clock_timestamp() - interval '1 year') AS privileged,
      (SELECT (extract(epoch FROM clock_timestamp() - max(e.occurred_at)) / 3600)::float8 FROM events e WHERE e.tenant_id = ${tenantId}::uuid
        AND e.person_id = ${person}::uuid AND e.type IN ('factor_added', 'factor_removed') AND e.occurred_at > clock_timestamp() - interval '3 days') AS "factorHours",
      (SELECT count(*)::int FROM sessions s WHERE s.tenant_id = ${tenantId}::uuid AND s.person_id = ${person}::uuid AND s.ended_at IS NULL
        AND s.last_seen_at > clock_timestamp() - interval '1 day') AS sessions`;
  const age = (at: Date) => (Date.now() - at.getTime()) / 3_600_000;
  // The first address of a person is not a change; one that came later, or that was taken away, is.
  const changes = addresses.flatMap(({ firstSeenAt, replacedAt }, index) => [
    ...(index > 0 ? [age(firstSeenAt)] : []),
    ...(replacedAt ? [age(replacedAt)] : []),
  ]);
  const recent = changes.filter((hours) => hours < freshAddressHours);
  const facts: RiskFacts = {
    privileged: counted?.privileged ?? false,
    openSignals: signals.length,
    highSignals: signals.filter(({ severity }) => severity === 'high' || severity === 'critical').length,
    liveSessions: counted?.sessions ?? 0,
    addressChangedHours: recent.length > 0 ? Math.max(0, Math.min(...recent)) : null,
    factorChangedHours: counted?.factorHours ?? null,
    casesFromNetwork: counted?.network ?? 0,
    casesOfPerson: counted?.person ?? 0,
    networkKnown: counted?.known ?? false,
    vetoedBefore: counted?.vetoed ?? false,
  };
  return {
    facts,
    risk: scoreRisk(facts),
    signals: signals.map(({ id, title, severity, lastAt }) => ({ id, title, severity, lastAt: lastAt.toISOString() })),
    sessions: sessions.map(({ id, startedAt, lastSeenAt, country, city, ip }) => ({
      id,
      startedAt: startedAt.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
      country,
      city,
      ip,
    })),
    addresses: addresses.map(({ address, firstSeenAt, replacedAt }, index) => ({
      address,
      firstSeenAt: firstSeenAt.toISOString(),
      replacedAt: replacedAt?.toISOString() ?? null,
      isFresh: index > 0 && age(firstSeenAt) < freshAddressHours,
    })),
    siblings: siblings.map(({ createdAt, ...sibling }) => ({ ...sibling, createdAt: createdAt.toISOString() })),
  };
}
