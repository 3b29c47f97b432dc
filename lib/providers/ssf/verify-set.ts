import type { SignatureAlgorithm } from '#lib/kernel/crypto/json-web-token.ts';
import { type PublicKeySet, type TokenRefusal, TokenRefused, verifyToken } from '#lib/kernel/crypto/json-web-token.ts';
import type { JsonObject } from '#lib/model/event.ts';
import { asObject, readSubject, type SetSubject, SubjectInvalid } from '#lib/providers/ssf/subject.ts';

/** The error codes of RFC 8935 section 2.4, and of SSF 1.0 section 8.1.4.1 for a wrong verification state. */
export const setErrors = [
  'invalid_request',
  'invalid_key',
  'invalid_issuer',
  'invalid_audience',
  'authentication_failed',
  'access_denied',
  'invalid_state',
] as const;
export type SetError = (typeof setErrors)[number];

/** A token that is not taken in. `err` and `description` go back to the transmitter; neither quotes the token. */
export class SetRefused extends Error {
  override name = 'SetRefused';
  readonly err: SetError;
  constructor(err: SetError, description: string) {
    super(description);
    this.err = err;
  }
}

export type VerifiedSet = {
  claims: JsonObject;
  issuer: string;
  jti: string;
  eventType: string;
  event: JsonObject;
  subject: SetSubject;
};

/** Bytes of one token at most, and how far the clocks may differ. */
export const setLimits = { bytesMax: 64 * 1024, skewSeconds: 120, jtiCharsMax: 256 };

const errOf: Readonly<Record<TokenRefusal, SetError>> = {
  malformed: 'invalid_request',
  too_large: 'invalid_request',
  header: 'invalid_request',
  typ: 'invalid_request',
  expired: 'invalid_request',
  not_yet_valid: 'invalid_request',
  too_old: 'invalid_request',
  algorithm: 'invalid_key',
  unknown_key: 'invalid_key',
  bad_key: 'invalid_key',
  signature: 'invalid_key',
  issuer: 'invalid_issuer',
  audience: 'invalid_audience',
};

/**
 * Verifies a security event token in compact form: signature, `typ`, `iss`, `aud`, no `exp`, no `sub`, `jti`, `sub_id` (RFC 9493)
 * and exactly one event (RFC 8417; SSF 1.0 section 4; CAEP interoperability profile 2.1). Unknown claims and members are left alone.
 * @throws SetRefused
 */
export async function verifySet(
  token: string,
  keys: PublicKeySet,
  stream: { issuer: string; audience: string; algorithms: readonly SignatureAlgorithm[]; at: Date },
): Promise<VerifiedSet> {
  const { claims } = await verifyToken(token, keys, {
    issuer: stream.issuer,
    audience: stream.audience,
    typ: 'secevent+jwt',
    algorithms: stream.algorithms,
    expiry: 'forbidden',
    // A transmitter keeps what it could not deliver, so an old token is late and not wrong.
    ageSecondsMax: null,
    skewSeconds: setLimits.skewSeconds,
    bytesMax: setLimits.bytesMax,
    at: stream.at,
    soleKeyWithoutKid: true,
  }).catch((error: unknown) => {
    throw error instanceof TokenRefused ? new SetRefused(errOf[error.code], error.message) : error;
  });
  if ('sub' in claims) throw invalid('The token carries "sub"; a security event names its subject in "sub_id".');
  const { jti } = claims;
  if (typeof jti !== 'string' || jti.trim() === '' || jti.length > setLimits.jtiCharsMax || !isStorable(jti))
    throw invalid(`The token needs a "jti" of at most ${setLimits.jtiCharsMax} characters, none of them U+0000.`);
  const events = Object.entries(asObject(claims.events) ?? {});
  const [first, ...more] = events;
  if (!first || more.length > 0) throw invalid(`The token holds ${events.length} events; exactly one is taken.`);
  const [eventType, value] = first;
  if (!isStorable(eventType)) throw invalid('The name of the event holds a character that cannot be kept.');
  const event = asObject(value);
  if (!event) throw invalid('The event must be a JSON object.');
  return { claims, issuer: stream.issuer, jti, eventType, event, subject: subjectOf(claims) };
}

/** The subject of the whole token. @throws SetRefused */
function subjectOf(claims: JsonObject): SetSubject {
  try {
    return readSubject(claims.sub_id);
  } catch (error) {
    throw error instanceof SubjectInvalid ? invalid(error.message) : error;
  }
}

/** PostgreSQL text holds no NUL, and half of a surrogate pair is no character. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function invalid(description: string): SetRefused {
  return new SetRefused('invalid_request', description);
}
