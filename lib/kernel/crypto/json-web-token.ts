import { createPublicKey } from 'node:crypto';
import { decodeProtectedHeader, errors, importJWK, importPKCS8, type JWK, jwtVerify, SignJWT } from 'jose';
import type { JsonObject } from '#lib/model/event.ts';

/** Signature algorithms this desk makes or accepts. All asymmetric: with `none` or HS* in reach a public key becomes a password. */
export const signatureAlgorithms = ['RS256', 'ES256', 'PS256', 'EdDSA'] as const;
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

/** Public keys by RFC 7517, as a JWKS document holds them. */
export type PublicKeySet = { keys: readonly JWK[] };

export type TokenRefusal =
  | 'malformed'
  | 'too_large'
  | 'header'
  | 'typ'
  | 'algorithm'
  | 'unknown_key'
  | 'bad_key'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not_yet_valid'
  | 'too_old';

/** Why a token was refused; `code` for counting and for the sender, the message for people. Never quotes the token. */
export class TokenRefused extends Error {
  override name = 'TokenRefused';
  readonly code: TokenRefusal;
  constructor(code: TokenRefusal, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Signs claims as a JWS in compact form (RFC 7515, RFC 7519). `iat` is set here, from the caller's clock.
 * @param input.pkcs8 the private half in PEM; @param input.typ media type of the token without `application/`, such as `secevent+jwt`
 */
export async function signToken(input: {
  pkcs8: string;
  kid: string;
  algorithm: SignatureAlgorithm;
  typ: string;
  claims: JsonObject;
  at: Date;
}): Promise<string> {
  const key = await importPKCS8(input.pkcs8, input.algorithm);
  return new SignJWT({ ...input.claims, iat: Math.floor(input.at.getTime() / 1000) })
    .setProtectedHeader({ alg: input.algorithm, kid: input.kid, typ: input.typ })
    .sign(key);
}

/** What a token has to be. Nothing has a default: what is not wanted is said, not left out. */
export type TokenRules = {
  issuer: string;
  /** Who it has to be for; `null`: it must not name anybody (receipts, checkpoints). */
  audience: string | null;
  /** Exact media type, compared without `application/` and without case (RFC 7515 section 4.1.9). */
  typ: string;
  /** The header may also be left out: OpenID Connect Core asks no type of ID tokens. */
  typMayBeAbsent?: true;
  algorithms: readonly SignatureAlgorithm[];
  /** `exp` must be there (ID tokens), must not be there (SETs, receipts), or may be. */
  expiry: 'required' | 'forbidden' | 'optional';
  /** Oldest `iat` accepted, in seconds; `null`: any age. A future `iat` is refused either way. */
  ageSecondsMax: number | null;
  skewSeconds: number;
  bytesMax: number;
  at: Date;
  /** A token without kid is checked against the key set's one and only key (OpenID Connect Core section 10.1); else refused. */
  soleKeyWithoutKid?: true;
};

/** A token that keeps every rule. `weakKey`: signed with RSA below 3072 bits, accepted from partners and shown. */
export type VerifiedToken = { claims: JsonObject; header: JsonObject; kid: string; weakKey: boolean };

/** More keys than this in one set is no key set but an attack on whoever reads it. */
const keysMax = 100;
/** Headers by which a token would bring or point to its own key. */
const selfServed = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'enc', 'zip'] as const;

/**
 * Verifies a JWS against keys in hand; fetches nothing and needs no database. The key is the one, and the only one, the header
 * names: no search by algorithm, no key out of the token (RFC 8725 sections 3.1 to 3.11).
 * @throws TokenRefused
 */
export async function verifyToken(token: string, keys: PublicKeySet, rules: TokenRules): Promise<VerifiedToken> {
  if (Buffer.byteLength(token) > rules.bytesMax)
    throw new TokenRefused('too_large', `The token is larger than ${rules.bytesMax} bytes.`);
  const header = readHeader(token);
  const stray = selfServed.find((name) => name in header);
  if (stray) throw new TokenRefused('header', `The token carries the header ${stray}, which is not accepted.`);
  const isAbsent = header.typ === undefined && rules.typMayBeAbsent === true;
  if (!isAbsent && (typeof header.typ !== 'string' || mediaType(header.typ) !== mediaType(rules.typ)))
    throw new TokenRefused('typ', `The token is not of the type ${rules.typ}.`);
  const algorithm = rules.algorithms.find((name) => name === header.alg);
  if (!algorithm) throw new TokenRefused('algorithm', `The token is not signed with ${rules.algorithms.join(' or ')}.`);
  const kid = header.kid ?? (rules.soleKeyWithoutKid && keys.keys.length === 1 ? (keys.keys[0]?.kid ?? '') : undefined);
  if (typeof kid !== 'string') throw new TokenRefused('unknown_key', 'The token does not say which key signed it.');
  const jwk = findKey(keys, kid, algorithm);
  const weakKey = isWeak(jwk);
  const key = await importJWK({ ...jwk }, algorithm).catch(() => {
    throw new TokenRefused('bad_key', 'The key that signed the token cannot be read.');
  });
  const { payload } = await jwtVerify(token, key, {
    algorithms: [algorithm],
    ...(isAbsent ? {} : { typ: rules.typ }),
    issuer: rules.issuer,
    ...(rules.audience === null ? {} : { audience: rules.audience }),
    ...(rules.ageSecondsMax === null ? {} : { maxTokenAge: rules.ageSecondsMax }),
    requiredClaims: ['iss', 'iat', ...(rules.expiry === 'required' ? ['exp'] : [])],
    clockTolerance: rules.skewSeconds,
    currentDate: rules.at,
  }).catch((error: unknown) => {
    throw refusalOf(error);
  });
  if (rules.audience === null && payload.aud !== undefined)
    throw new TokenRefused('audience', 'The token is meant for somebody else.');
  if (rules.expiry === 'forbidden' && payload.exp !== undefined)
    throw new TokenRefused('header', 'The token carries exp, which tokens of this type must not.');
  const latest = rules.at.getTime() / 1000 + rules.skewSeconds;
  if (typeof payload.iat !== 'number' || payload.iat > latest)
    throw new TokenRefused('not_yet_valid', 'The token was issued in the future.');
  return { claims: payload as JsonObject, header: header as JsonObject, kid, weakKey };
}

function readHeader(token: string): Record<string, unknown> {
  if (token.split('.').length !== 3) throw new TokenRefused('malformed', 'This is not a signed token.');
  try {
    return { ...decodeProtectedHeader(token) };
  } catch {
    throw new TokenRefused('malformed', 'This is not a signed token.');
  }
}

function findKey(keys: PublicKeySet, kid: string, algorithm: SignatureAlgorithm): JWK {
  if (keys.keys.length > keysMax) throw new TokenRefused('bad_key', `The key set holds more than ${keysMax} keys.`);
  const [jwk, ...more] = keys.keys.filter((key) => (key.kid ?? '') === kid);
  if (!jwk) throw new TokenRefused('unknown_key', 'The key that signed the token is not in the key set.');
  if (more.length > 0) throw new TokenRefused('bad_key', 'The key set holds two keys of the same name.');
  const family = { RS256: 'RSA', PS256: 'RSA', ES256: 'EC', EdDSA: 'OKP' }[algorithm];
  const fits = jwk.kty === family && (jwk.alg ?? algorithm) === algorithm && (jwk.use ?? 'sig') === 'sig';
  if (!fits) throw new TokenRefused('algorithm', 'The key is not one for this algorithm.');
  if ('d' in jwk || 'k' in jwk) throw new TokenRefused('bad_key', 'The key set holds a private key.');
  return jwk;
}

/** True for RSA below 3072 bits. @throws TokenRefused below 2048 bits */
function isWeak(jwk: JWK): boolean {
  if (jwk.kty !== 'RSA') return false;
  const bits = rsaBits(jwk);
  if (bits < 2048) throw new TokenRefused('bad_key', 'The key has fewer than 2048 bits.');
  return bits < 3072;
}

function rsaBits(jwk: JWK): number {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' }).asymmetricKeyDetails?.modulusLength ?? 0;
  } catch {
    throw new TokenRefused('bad_key', 'The key that signed the token cannot be read.');
  }
}

function mediaType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '');
}

function refusalOf(error: unknown): TokenRefused {
  if (error instanceof errors.JWTExpired) {
    return error.claim === 'iat'
      ? new TokenRefused('too_old', 'The token was issued too long ago.')
      : new TokenRefused('expired', 'The token has expired.');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return new TokenRefused('issuer', 'The token was issued by somebody else.');
    if (error.claim === 'aud') return new TokenRefused('audience', 'The token is meant for somebody else.');
    if (error.claim === 'iat' || error.claim === 'nbf')
      return new TokenRefused('not_yet_valid', 'The token was issued in the future, or does not say when.');
    return new TokenRefused('malformed', `The claim ${error.claim} is missing or not as it has to be.`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return new TokenRefused('signature', 'The signature does not fit the key.');
  if (error instanceof errors.JOSEError) return new TokenRefused('malformed', 'The token cannot be read.');
  throw error;
}
