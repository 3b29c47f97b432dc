import { decodeProtectedHeader } from 'jose';
import { signatureAlgorithms, TokenRefused, verifyToken } from '#lib/kernel/crypto/json-web-token.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderClient } from '#lib/staff/federation/provider-client.ts';
import type { SignInProvider } from '#lib/staff/federation/sign-in-providers.ts';

const bytesMax = 16_384;
const ageSecondsMax = 600;
const skewSeconds = 60;

/**
 * Judges an ID token (OpenID Connect Core, section 3.1.3.7): signed with one of the provider's own keys by an asymmetric algorithm,
 * by this issuer, for this client and nobody else, with our nonce, not expired and not old. @throws TokenRefused
 */
export async function judgeIdToken(
  token: string,
  input: { provider: SignInProvider; client: ProviderClient; nonce: string; at: Date },
): Promise<JsonObject & { sub: string }> {
  const { provider } = input;
  const { claims } = await verifyToken(token, await input.client.keys(kidOf(token)), {
    issuer: provider.issuer,
    audience: provider.clientId,
    typ: 'JWT',
    typMayBeAbsent: true,
    algorithms: signatureAlgorithms,
    expiry: 'required',
    ageSecondsMax,
    skewSeconds,
    bytesMax,
    at: input.at,
  });
  if (claims.nonce !== input.nonce)
    throw new TokenRefused('malformed', 'The ID token belongs to another sign-in: its nonce is not ours.');
  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if ((audiences.length > 1 || claims.azp !== undefined) && claims.azp !== provider.clientId)
    throw new TokenRefused('audience', 'The ID token was issued to another client.');
  if (typeof claims.sub !== 'string' || claims.sub === '' || claims.sub.length > 255)
    throw new TokenRefused('malformed', 'The ID token names no subject.');
  return { ...claims, sub: claims.sub };
}

/** The key a token says it was signed with, to know whether the key set is stale. Proves nothing. */
export function kidOf(token: string): string | null {
  try {
    return decodeProtectedHeader(token).kid ?? null;
  } catch {
    return null;
  }
}
