import type { JWK } from 'jose';
import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { unwrapPrivateHalf } from '#lib/keys/key-material.ts';
import { ensureOwnIssuer } from '#lib/keys/own-issuer.ts';
import { servedKeyStates } from '#lib/model/signing-key.ts';

/** The key set of the tenant's own issuer as relying parties get it, with how long they may keep it. Seconds. */
export async function ownKeySet(
  tx: Tx,
  tenantId: string,
): Promise<{ issuerId: string; set: PublicKeySet; maxAgeSeconds: number }> {
  const { id: issuerId } = await ensureOwnIssuer(tx, tenantId);
  const issuer = await tx.signingIssuer.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: issuerId } } });
  const keys = await tx.signingKey.findMany({
    where: { tenantId, issuerId, state: { in: [...servedKeyStates] } },
    orderBy: { version: 'desc' },
    take: 50,
  });
  return {
    issuerId,
    set: { keys: keys.map(({ publicJwk }) => publicJwk as JWK) },
    maxAgeSeconds: issuer.jwksMaxAgeSeconds,
  };
}

/**
 * Every public half the tenant's own issuer ever signed with, compromised ones left out: what a receipt or a bundle carries so
 * that it can be verified years later, when its key no longer stands in the key set.
 */
export async function archivedKeySet(tx: Tx, tenantId: string): Promise<PublicKeySet> {
  const { id: issuerId } = await ensureOwnIssuer(tx, tenantId);
  const keys = await tx.signingKey.findMany({
    where: { tenantId, issuerId, activatedAt: { not: null }, state: { not: 'compromised' } },
    orderBy: { version: 'asc' },
    take: 90,
  });
  return { keys: keys.map(({ publicJwk }) => publicJwk as JWK) };
}

/** Readers kept an issuer; who comes after that many is not counted, so nobody can fill the table. */
const readersMax = 500;

/** Notes that somebody fetched the key set, at most once a minute a reader. Names come from the caller and are only shown. */
export async function noteReader(
  tx: Tx,
  input: { tenantId: string; issuerId: string; agent: string; ip: string | null },
): Promise<void> {
  const reader = `${input.agent.slice(0, 120) || 'no user agent'} · ${input.ip ?? 'unknown address'}`;
  await tx.$executeRaw`
    INSERT INTO jwks_readers AS r (tenant_id, issuer_id, reader, fetches, first_at, last_at)
    SELECT ${input.tenantId}::uuid, ${input.issuerId}::uuid, ${reader}, 1, clock_timestamp(), clock_timestamp()
    WHERE (SELECT count(*) FROM jwks_readers c WHERE c.tenant_id = ${input.tenantId}::uuid AND c.issuer_id = ${input.issuerId}::uuid) < ${readersMax}
      OR EXISTS (SELECT 1 FROM jwks_readers c WHERE c.tenant_id = ${input.tenantId}::uuid AND c.issuer_id = ${input.issuerId}::uuid AND c.reader = ${reader})
    ON CONFLICT (tenant_id, issuer_id, reader) DO UPDATE SET fetches = r.fetches + 1, last_at = clock_timestamp()
      WHERE r.last_at < clock_timestamp() - interval '1 minute'`;
}

/** True when every active key of this tenant opens with the KEK in hand; a tenant without keys yet is in order. */
export async function signingKeysOpen(tx: Tx, tenantId: string): Promise<boolean> {
  const keys = await tx.signingKey.findMany({ where: { tenantId, state: 'active', wrappedPrivate: { not: null } } });
  const own = await tx.signingIssuer.findFirst({ where: { tenantId, kind: 'own' } });
  if (own && !keys.some(({ issuerId }) => issuerId === own.id)) return false;
  try {
    for (const { issuerId, id, version, wrappedPrivate } of keys)
      unwrapPrivateHalf({ tenantId, issuerId, id, version }, wrappedPrivate);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
