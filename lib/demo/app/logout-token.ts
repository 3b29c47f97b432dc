import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';

/** Thrown for a logout token that is not to be believed. The message says which rule it breaks. */
export class WrongLogoutToken extends Error {
  override name = 'WrongLogoutToken';
}

const event = 'http://schemas.openid.net/event/backchannel-logout';
const claims = z.object({
  sub: z.string().min(1).optional(),
  sid: z.string().min(1).optional(),
  jti: z.string().min(1).max(255),
  exp: z.number(),
  events: z.object({ [event]: z.object({}) }),
});

/**
 * Validates a logout token as OpenID Connect Back-Channel Logout 1.0, section 2.6, asks: signature, algorithm, `typ`, `iss`, `aud`,
 * `iat` not in the future nor older than three minutes, `exp`, `jti`, the event, `sid` or `sub`, and no `nonce`. That a `jti` comes
 * once is the caller's to check. @throws WrongLogoutToken
 */
export async function verifyLogoutToken(
  token: string,
  expected: { issuer: string; audience: string; keys: JWTVerifyGetKey },
): Promise<{ subject: string | null; sid: string | null; jti: string; expiresAt: Date }> {
  if (token.length > 8_192) throw new WrongLogoutToken('larger than 8 KB');
  const verified = await jwtVerify(token, expected.keys, {
    algorithms: ['RS256'],
    typ: 'logout+jwt',
    issuer: expected.issuer,
    audience: expected.audience,
    clockTolerance: 60,
    maxTokenAge: 180,
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
  }).catch((error: unknown) => {
    if (error instanceof errors.JOSEError) throw new WrongLogoutToken(error.code);
    throw error;
  });
  // A nonce would make an ID token of it, which somebody could have stolen from a sign-in.
  if ('nonce' in verified.payload) throw new WrongLogoutToken('it has a nonce');
  const parsed = claims.safeParse(verified.payload);
  if (!parsed.success)
    throw new WrongLogoutToken(`wrong ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}`);
  const { sub, sid, jti, exp } = parsed.data;
  if (!sub && !sid) throw new WrongLogoutToken('neither sub nor sid');
  return { subject: sub ?? null, sid: sid ?? null, jti, expiresAt: new Date(exp * 1000) };
}
