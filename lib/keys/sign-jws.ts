import { signToken } from '#lib/kernel/crypto/json-web-token.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { unwrapPrivateHalf } from '#lib/keys/key-material.ts';
import { ensureOwnIssuer } from '#lib/keys/own-issuer.ts';
import type { JsonObject } from '#lib/model/event.ts';

export type Signed = { jws: string; kid: string; issuer: string };

/**
 * Signs a payload with the tenant's active key, as a JWT of the given type (RFC 7515, 7519): `iss` and `iat` are set here, by the
 * database's clock. Made for receipts, checkpoints and SETs; the issuer and its first key come into being at first need.
 * What was signed, for whom and until when is counted in the same transaction, so a rotation knows who depends on the key.
 * @param input.typ media type without `application/`: `gatehouse-receipt+jwt`, `gatehouse-checkpoint+jwt`, `secevent+jwt`
 * @throws Refusal `unavailable` when the key does not open: signing stops, no other key is tried
 */
export async function signJws(
  at: Tx | Database,
  input: { tenantId: string; typ: string; payload: JsonObject },
): Promise<Signed> {
  if ('inTenant' in at) return at.inTenant(input.tenantId, (tx) => signJws(tx, input));
  const { tenantId, typ, payload } = input;
  const { id: issuerId, issuer } = await ensureOwnIssuer(at, tenantId);
  const [key] = await at.$queryRaw<
    { id: string; version: number; kid: string; wrapped: Uint8Array | null; at: Date }[]
  >`
    SELECT id::text, version, kid, wrapped_private AS wrapped, clock_timestamp()::timestamptz(3) AS at
    FROM signing_keys WHERE tenant_id = ${tenantId}::uuid AND issuer_id = ${issuerId}::uuid AND state = 'active'`;
  if (!key) throw new Refusal('unavailable', 'There is no active signing key, so nothing was signed.');
  const pkcs8 = unwrapPrivateHalf({ tenantId, issuerId, id: key.id, version: key.version }, key.wrapped);
  const jws = await signToken({
    pkcs8,
    kid: key.kid,
    algorithm: 'RS256',
    typ,
    claims: { ...payload, iss: issuer },
    at: key.at,
  });
  const audience = typeof payload.aud === 'string' ? payload.aud.slice(0, 200) : '';
  const expires = typeof payload.exp === 'number' ? new Date(payload.exp * 1000) : null;
  await at.$executeRaw`
    INSERT INTO signing_key_uses AS u (tenant_id, key_id, typ, audience, tokens, first_at, last_at, expires_at)
    VALUES (${tenantId}::uuid, ${key.id}::uuid, ${typ}, ${audience}, 1, ${key.at}, ${key.at}, ${expires})
    ON CONFLICT (tenant_id, key_id, typ, audience) DO UPDATE SET tokens = u.tokens + 1, last_at = GREATEST(u.last_at, EXCLUDED.last_at),
      expires_at = GREATEST(u.expires_at, EXCLUDED.expires_at)`;
  return { jws, kid: key.kid, issuer };
}
