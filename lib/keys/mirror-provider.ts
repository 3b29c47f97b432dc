import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { newId, stableId } from '#lib/kernel/ids.ts';
import type { ProviderKeyReport } from '#lib/providers/definition.ts';

/** What a provider does not tell of its policy: what we count with until somebody says otherwise. */
const assumed = { skewSeconds: 60, keepSeconds: 3_600, periodSeconds: 365 * 86_400 };

/** The id of a provider's issuer: it follows from the provider, so no look-up precedes a write. */
export function providerIssuerId(tenantId: string, providerId: string): string {
  return stableId('provider-issuer', tenantId, providerId);
}

/**
 * Writes down a provider's keys as it reports them: it is the truth, this is what was seen. Its policy is taken over when the
 * issuer is first seen. A key that we killed stays killed here, and one that the report misses has left.
 * @returns our ids of the keys by kid
 */
export async function mirrorProvider(
  tx: Tx,
  provider: { tenantId: string; id: string; name: string },
  report: ProviderKeyReport,
): Promise<Map<string, string>> {
  const { tenantId } = provider;
  const issuerId = providerIssuerId(tenantId, provider.id);
  const { jwksMaxAgeSeconds, clientCacheSeconds, tokenLifeSeconds } = report.policy;
  await tx.$executeRaw`
    INSERT INTO signing_issuers AS i (tenant_id, id, kind, provider_id, issuer, name, jwks_uri, lead_seconds, client_cache_seconds,
      jwks_max_age_seconds, token_life_seconds, skew_seconds, keep_seconds, period_seconds, looked_at)
    VALUES (${tenantId}::uuid, ${issuerId}::uuid, 'provider', ${provider.id}::uuid, ${report.issuer}, ${provider.name}, ${report.jwksUri},
      ${Math.max(jwksMaxAgeSeconds, clientCacheSeconds)}, ${clientCacheSeconds}, ${jwksMaxAgeSeconds}, ${tokenLifeSeconds},
      ${assumed.skewSeconds}, ${assumed.keepSeconds}, ${assumed.periodSeconds}, clock_timestamp())
    ON CONFLICT (tenant_id, id) DO UPDATE SET issuer = EXCLUDED.issuer, name = EXCLUDED.name, jwks_uri = EXCLUDED.jwks_uri,
      problem = NULL, looked_at = clock_timestamp()`;
  await tx.$queryRaw`SELECT 1 FROM signing_issuers WHERE tenant_id = ${tenantId}::uuid AND id = ${issuerId}::uuid FOR UPDATE`;
  const known = await tx.signingKey.findMany({ where: { tenantId, issuerId } });
  const ids = new Map(known.map(({ kid, id }) => [kid, id]));
  const reported = new Set(report.keys.map(({ kid }) => kid));
  // Who stops signing first, who starts signing last: never two at once, not even within this transaction.
  const ordered = [...report.keys].sort((a, b) => Number(a.state === 'active') - Number(b.state === 'active'));
  let version = Math.max(0, ...known.map((key) => key.version));
  for (const key of ordered) {
    const before = known.find(({ kid }) => kid === key.kid);
    if (before && (before.state === key.state || before.state === 'compromised' || before.state === 'destroyed'))
      continue;
    const id = before?.id ?? newId();
    ids.set(key.kid, id);
    if (!before) version += 1;
    await tx.$executeRaw`
      INSERT INTO signing_keys AS k (tenant_id, id, issuer_id, version, kid, algorithm, public_jwk, state, lead_waived, created_at,
        published_at, activated_at, retiring_at, retired_at)
      VALUES (${tenantId}::uuid, ${id}::uuid, ${issuerId}::uuid, ${before?.version ?? version}, ${key.kid}, ${key.algorithm},
        ${JSON.stringify(key.publicJwk)}::jsonb, ${key.state}, false, ${new Date(key.createdAt)}, ${dateOf(key.publishedAt)},
        ${dateOf(key.activatedAt)}, ${dateOf(key.retiringAt)}, ${dateOf(key.retiredAt)})
      ON CONFLICT (tenant_id, id) DO UPDATE SET state = EXCLUDED.state, published_at = EXCLUDED.published_at,
        activated_at = EXCLUDED.activated_at, retiring_at = EXCLUDED.retiring_at, retired_at = EXCLUDED.retired_at`;
  }
  for (const key of known)
    if (!reported.has(key.kid) && ['created', 'published', 'active', 'retiring'].includes(key.state))
      await tx.$executeRaw`
        UPDATE signing_keys SET state = 'retired', retired_at = clock_timestamp() WHERE tenant_id = ${tenantId}::uuid AND id = ${key.id}::uuid`;
  await noteUses(tx, tenantId, issuerId, report, ids);
  return ids;
}

/** What the provider counts: tokens by key, and who reads its key set. One statement each. */
async function noteUses(
  tx: Tx,
  tenantId: string,
  issuerId: string,
  report: ProviderKeyReport,
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const signed = report.keys.flatMap(({ kid, signatures, lastSignedAt }) => {
    const id = ids.get(kid);
    if (!id || !signatures || !lastSignedAt) return [];
    const dies = new Date(Date.parse(lastSignedAt) + report.policy.tokenLifeSeconds * 1000).toISOString();
    return [{ id, tokens: signatures, last: lastSignedAt, dies }];
  });
  if (signed.length > 0)
    await tx.$executeRaw`
      INSERT INTO signing_key_uses (tenant_id, key_id, typ, audience, tokens, first_at, last_at, expires_at)
      SELECT ${tenantId}::uuid, u.id, 'tokens of the provider', '', u.tokens, u.last, u.last, u.dies
      FROM jsonb_to_recordset(${JSON.stringify(signed)}::jsonb) AS u (id uuid, tokens bigint, last timestamptz, dies timestamptz)
      ON CONFLICT (tenant_id, key_id, typ, audience) DO UPDATE SET tokens = EXCLUDED.tokens, last_at = EXCLUDED.last_at, expires_at = EXCLUDED.expires_at`;
  if (report.readers.length > 0)
    await tx.$executeRaw`
      INSERT INTO jwks_readers (tenant_id, issuer_id, reader, fetches, first_at, last_at)
      SELECT ${tenantId}::uuid, ${issuerId}::uuid, r.reader, r.fetches, r."firstAt", r."lastAt"
      FROM jsonb_to_recordset(${JSON.stringify(report.readers)}::jsonb) AS r (reader text, fetches bigint, "firstAt" timestamptz, "lastAt" timestamptz)
      ON CONFLICT (tenant_id, issuer_id, reader) DO UPDATE SET fetches = EXCLUDED.fetches, last_at = EXCLUDED.last_at`;
}

/** Notes that a provider's keys could not be read; what was last seen stays, with this beside it. */
export async function noteIssuerProblem(
  database: Database,
  tenantId: string,
  providerId: string,
  problem: string,
): Promise<void> {
  await database.inTenant(
    tenantId,
    (tx) => tx.$executeRaw`
      UPDATE signing_issuers SET problem = ${problem.slice(0, 300)}, looked_at = clock_timestamp()
      WHERE tenant_id = ${tenantId}::uuid AND id = ${providerIssuerId(tenantId, providerId)}::uuid`,
  );
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
