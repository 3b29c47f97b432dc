import type { Tx } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { newId, stableId } from '#lib/kernel/ids.ts';
import { newKeyMaterial, ownAlgorithm, wrapPrivateHalf } from '#lib/keys/key-material.ts';
import type { KeyPolicy } from '#lib/model/signing-key.ts';

/** The tenant whose issuer is the desk's bare origin; every other tenant's issuer has a path of its own. */
const foundingSlug = 'main';

/** Until an operator says otherwise: a day of notice for partners; SETs and logout tokens are dead within an hour; a new key each year. */
export const ownPolicy: KeyPolicy = {
  leadSeconds: 86_400,
  clientCacheSeconds: 600,
  jwksMaxAgeSeconds: 300,
  tokenLifeSeconds: 3600,
  skewSeconds: 60,
  keepSeconds: 86_400,
  periodSeconds: 365 * 86_400,
};

export type IssuerAddress = { issuer: string; jwksUri: string };

/** Where a tenant's own issuer is found. One key set a tenant: a key of one never verifies a token of another. */
export function ownIssuerAddress(slug: string): IssuerAddress {
  const origin = readEnv().GATEHOUSE_URL;
  const issuer = slug === foundingSlug ? origin : `${origin}/tenants/${encodeURIComponent(slug)}`;
  return { issuer, jwksUri: keySetOf(issuer) };
}

/** Where the key set of an issuer of ours is. */
export function keySetOf(issuer: string): string {
  return `${issuer}/.well-known/jwks.json`;
}

export type OwnIssuer = IssuerAddress & { id: string; name: string };

/**
 * The tenant's own issuer with its signing key, both made at first need (RSA-3072, under a second). Safe to call from anywhere at
 * any time: two callers at once take turns, and the first one's key stays.
 * @throws Refusal `unavailable` when the new key cannot be wrapped
 */
export async function ensureOwnIssuer(tx: Tx, tenantId: string): Promise<OwnIssuer> {
  const tenant = await tx.tenant.findUniqueOrThrow({ where: { id: tenantId } });
  const address = ownIssuerAddress(tenant.slug);
  const id = stableId('own-issuer', tenantId);
  const own = { id, name: `Gatehouse (${tenant.name})`, ...address };
  const known = await tx.signingIssuer.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (known) {
    // The desk moved to another address: the keys stay, the issuer's name follows.
    if (known.issuer !== address.issuer || known.jwksUri !== address.jwksUri)
      await tx.signingIssuer.update({ where: { tenantId_id: { tenantId, id } }, data: address });
    return own;
  }
  // Whoever comes while the first key is made waits for it: on a busy machine that is longer than locks are waited for elsewhere.
  await tx.$executeRaw`SELECT set_config('lock_timeout', '20s', true)`;
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`own-issuer ${tenantId}`}, 0))`;
  const made = await tx.signingIssuer.createMany({
    data: [{ tenantId, kind: 'own', ...own, ...ownPolicy }],
    skipDuplicates: true,
  });
  if (made.count > 0) await insertOwnKey(tx, { tenantId, issuerId: id, state: 'active' });
  return own;
}

/**
 * A new key of our own: `created` for a rotation, `active` at once for the first key or the heir of a compromised one (the
 * database refuses it otherwise). @returns its id and kid
 */
export async function insertOwnKey(
  tx: Tx,
  input: { tenantId: string; issuerId: string; state: 'created' | 'active' },
): Promise<{ id: string; kid: string }> {
  const { tenantId, issuerId, state } = input;
  const id = newId();
  const [last] = await tx.$queryRaw<{ version: number | null }[]>`
    SELECT max(version) AS version FROM signing_keys WHERE tenant_id = ${tenantId}::uuid AND issuer_id = ${issuerId}::uuid`;
  const version = (last?.version ?? 0) + 1;
  const { kid, publicJwk, pkcs8 } = await newKeyMaterial();
  const wrapped = wrapPrivateHalf({ tenantId, issuerId, id, version }, pkcs8);
  await tx.$executeRaw`
    INSERT INTO signing_keys (tenant_id, id, issuer_id, version, kid, algorithm, public_jwk, wrapped_private, state, lead_waived)
    VALUES (${tenantId}::uuid, ${id}::uuid, ${issuerId}::uuid, ${version}, ${kid}, ${ownAlgorithm}, ${JSON.stringify(publicJwk)}::jsonb,
      ${new Uint8Array(wrapped)}, ${state}, ${state === 'active'})`;
  return { id, kid };
}
