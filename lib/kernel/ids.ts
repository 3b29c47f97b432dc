import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { v5, v7 } from 'uuid';

const namespace = '6f1f4d0e-3c0b-5b43-9c0e-0a3f1b7f6a52';

/** A new time-ordered id (UUID v7, RFC 9562 section 5.7). Never a secret. */
export function newId(): string {
  return v7();
}

/**
 * The id of a thing that its parts already identify (UUID v5, RFC 9562 section 5.5): the same parts give the same id on any
 * instance and in any rebuild. Parts are length-prefixed so that no two lists of parts run together.
 */
export function stableId(...parts: readonly string[]): string {
  return v5(parts.map((part) => `${part.length}:${part}`).join('|'), namespace);
}

/** A new secret of 256 bits, base64url, for cookies, bearer tokens and links. Shown once; only its hash is kept. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 of a secret or of bytes: what the database keeps instead of a secret. 256 random bits need no salt. */
export function sha256(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest();
}

/** Compares two byte strings in constant time; different lengths are simply unequal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
