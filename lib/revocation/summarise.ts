import { type Database, Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { type RevocationSummary, sessionGroups } from '#lib/model/revocation-scope.ts';
import { findProvider } from '#lib/providers/registry.ts';
import {
  groupCondition,
  type RevocationParameters,
  type ScopeContext,
  unmatchedEntries,
} from '#lib/revocation/scope.ts';
import { whatItEnds } from '#lib/revocation/what-it-ends.ts';

const namesMax = 30;
const examplesMax = 5;
const unmatchedMax = 100;

/**
 * Counts a frozen set exactly: people, providers, applications, countries, and the groups one is warned about. Each count is a
 * transaction of its own, so that a million targets stay within the limits of one; what is frozen does not change in between.
 */
export async function summarise(
  database: Database,
  context: ScopeContext,
  proposalId: string,
  parameters: RevocationParameters,
): Promise<RevocationSummary> {
  const { tenantId } = context;
  const read = <Row>(work: (tx: Tx) => Promise<Row>) => database.inTenant(tenantId, work);
  const frozen = Prisma.sql`FROM proposal_targets t JOIN sessions s ON s.tenant_id = t.tenant_id AND s.id = t.target_id
    WHERE t.tenant_id = ${tenantId}::uuid AND t.proposal_id = ${proposalId}::uuid`;
  const [totals] = await read(
    (tx) => tx.$queryRaw<{ sessions: number; people: number }[]>`
    SELECT count(*)::int AS sessions, count(DISTINCT COALESCE(person_id, target_id))::int AS people FROM proposal_targets
    WHERE tenant_id = ${tenantId}::uuid AND proposal_id = ${proposalId}::uuid`,
  );
  const providers = await read(
    (tx) => tx.$queryRaw<{ id: string; name: string; kind: string; connected: boolean; sessions: number }[]>`
    SELECT v.id::text, v.name, v.kind, v.base_url IS NOT NULL AND v.secret IS NOT NULL AS connected, counted.sessions
    FROM (SELECT provider_id, count(*)::int AS sessions FROM proposal_targets
      WHERE tenant_id = ${tenantId}::uuid AND proposal_id = ${proposalId}::uuid GROUP BY 1) AS counted
    JOIN providers v ON v.tenant_id = ${tenantId}::uuid AND v.id = counted.provider_id ORDER BY counted.sessions DESC`,
  );
  const clients = await read(
    (tx) => tx.$queryRaw<{ name: string; sessions: number }[]>`
    SELECT c.client AS name, count(*)::int AS sessions FROM proposal_targets t
    JOIN session_clients c ON c.tenant_id = t.tenant_id AND c.session_id = t.target_id
    WHERE t.tenant_id = ${tenantId}::uuid AND t.proposal_id = ${proposalId}::uuid GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${namesMax}`,
  );
  const countries = await read(
    (tx) => tx.$queryRaw<{ name: string; sessions: number }[]>`
    SELECT COALESCE(s.country, 'unknown') AS name, count(*)::int AS sessions ${frozen} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${namesMax}`,
  );
  return {
    sessions: totals?.sessions ?? 0,
    people: totals?.people ?? 0,
    providers: providers.map(({ id, name, kind, connected, sessions }) => {
      const canAct = connected && findProvider(kind)?.connect !== undefined;
      return { id, name, sessions, canAct, ...whatItEnds(kind, canAct, name) };
    }),
    clients,
    countries,
    warnings: await read((tx) => warningsOf(tx, context, proposalId)),
    ...(await read((tx) => unmatchedOf(tx, tenantId, parameters))),
  };
}

async function warningsOf(tx: Tx, context: ScopeContext, proposalId: string): Promise<RevocationSummary['warnings']> {
  const flags = Prisma.join(
    sessionGroups.map(
      (group) => Prisma.sql`SELECT ${group}::text AS "group", x.person_id, x.label, x.sessions FROM (
        SELECT t.person_id, min(t.label) AS label, count(*)::int AS sessions FROM proposal_targets t
        JOIN people p ON p.tenant_id = t.tenant_id AND p.id = t.person_id
        WHERE t.tenant_id = ${context.tenantId}::uuid AND t.proposal_id = ${proposalId}::uuid AND ${groupCondition(context, group)} GROUP BY 1) AS x`,
    ),
    ' UNION ALL ',
  );
  const rows = await tx.$queryRaw<RevocationSummary['warnings']>`
    SELECT f."group", sum(f.sessions)::int AS sessions, count(*)::int AS people, (array_agg(f.label ORDER BY f.label))[1:${examplesMax}::int] AS examples
    FROM (${flags}) AS f GROUP BY 1`;
  return sessionGroups.flatMap((group) => rows.find((row) => row.group === group) ?? []);
}

async function unmatchedOf(
  tx: Tx,
  tenantId: string,
  { scope }: RevocationParameters,
): Promise<Pick<RevocationSummary, 'unmatched' | 'unmatchedCount'>> {
  if (scope.by !== 'list') return { unmatched: [], unmatchedCount: 0 };
  const rows = await tx.$queryRaw<{ entry: string }[]>(unmatchedEntries(tenantId, scope.entries));
  return { unmatched: rows.slice(0, unmatchedMax).map(({ entry }) => entry), unmatchedCount: rows.length };
}
