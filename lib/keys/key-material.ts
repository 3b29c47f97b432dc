import { generateKeyPair as generate } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { openSecret, sealSecret } from '#lib/kernel/crypto/secret-box.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';

const generateKeyPair = promisify(generate);

/** What our own keys sign with: RSA-3072 (128-bit strength, ASVS 11.2.3), RS256 (CAEP interoperability profile). */
export const ownAlgorithm = 'RS256';

export type KeyMaterial = { kid: string; publicJwk: JWK; pkcs8: string };

/** A new RSA-3072 pair. The kid is the key's own thumbprint (RFC 7638), so one name never means two keys. */
export async function newKeyMaterial(): Promise<KeyMaterial> {
  const pair = await generateKeyPair('rsa', { modulusLength: 3072, publicExponent: 0x10001 });
  const bare = pair.publicKey.export({ format: 'jwk' }) as JWK;
  const kid = await calculateJwkThumbprint(bare, 'sha256');
  return {
    kid,
    publicJwk: { kty: 'RSA', kid, use: 'sig', alg: ownAlgorithm, ...bare },
    pkcs8: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Where a wrapped private half belongs: moved to another key, issuer or version it does not open. */
export type KeyPlace = { tenantId: string; issuerId: string; id: string; version: number };
const placeOf = ({ tenantId, issuerId, id, version }: KeyPlace) =>
  `signing-key ${tenantId} ${issuerId} ${id} ${version}`;

/** Wraps a private half under the KEK with AES-256-GCM. @throws Refusal `unavailable` when there is no usable KEK */
export function wrapPrivateHalf(place: KeyPlace, pkcs8: string): Buffer {
  return sealSecret(keyEncryptionKey(), pkcs8, placeOf(place));
}

/** Opens a private half. @throws Refusal `unavailable` with a wrong or missing KEK or changed bytes: nothing else is tried */
export function unwrapPrivateHalf(place: KeyPlace, wrapped: Uint8Array | null): string {
  try {
    if (!wrapped) throw new Error('the private half is gone');
    return openSecret(keyEncryptionKey(), wrapped, placeOf(place));
  } catch (error) {
    throw error instanceof Refusal ? error : signingStopped(error);
  }
}

function keyEncryptionKey(): Buffer {
  try {
    return loadKeyEncryptionKey(readEnv()).key;
  } catch (error) {
    throw signingStopped(error);
  }
}

function signingStopped(cause: unknown): Refusal {
  return new Refusal(
    'unavailable',
    'The signing key does not open with the key encryption key of this desk (GATEHOUSE_KEK), so nothing was signed. Put the right one back, or restore the wrapped key.',
    { cause },
  );
}
