import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from 'jose';
import { z } from 'zod';
import { signatureAlgorithms } from '#lib/kernel/crypto/json-web-token.ts';
import { sha256 } from '#lib/kernel/ids.ts';

/** How old a proof may be, and how far its clock may be ahead, in seconds. */
export const proofLimits = { ageSecondsMax: 60, skewSeconds: 5, bytesMax: 8_192 };

const claimsShape = z.object({
  jti: z.string().min(8).max(200),
  htm: z.string(),
  htu: z.string(),
  ath: z.string(),
  iat: z.number(),
});

/** What a proof has to be about: this request, this token, this key, now. */
export type ProofRules = { method: string; url: URL; token: string; thumbprint: string; at: Date };

/**
 * Judges a DPoP proof (RFC 9449 section 4.3): type, algorithm, the signature by the key it brings along, that this key is the one the
 * token is bound to, method, address without query, age, and the hash of the token. That it serves once is the caller's to hold, by `jti`.
 * @returns its `jti`, or `null` when anything is not exactly right
 */
export async function readDpopProof(proof: string, rules: ProofRules): Promise<string | null> {
  if (Buffer.byteLength(proof) > proofLimits.bytesMax) return null;
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: [...signatureAlgorithms],
      typ: 'dpop+jwt',
      maxTokenAge: proofLimits.ageSecondsMax,
      clockTolerance: proofLimits.skewSeconds,
      currentDate: rules.at,
    });
    const claims = claimsShape.safeParse(payload);
    if (!claims.success) return null;
    const { htm, htu, ath, jti } = claims.data;
    const isOfKey = (await calculateJwkThumbprint(protectedHeader.jwk as JWK, 'sha256')) === rules.thumbprint;
    const isOfToken = ath === sha256(rules.token).toString('base64url');
    return isOfKey && isOfToken && htm === rules.method && isSameAddress(htu, rules.url) ? jti : null;
  } catch {
    return null;
  }
}

/** The thumbprint (RFC 7638, SHA-256) by which a token is bound to a public key. @throws when it is no public key */
export function thumbprintOf(jwk: JWK): Promise<string> {
  if ('d' in jwk || 'k' in jwk) throw new TypeError('this is a private key; give its public half');
  return calculateJwkThumbprint(jwk, 'sha256');
}

function isSameAddress(htu: string, url: URL): boolean {
  if (!URL.canParse(htu)) return false;
  const named = new URL(htu);
  return named.origin === url.origin && named.pathname === url.pathname;
}
