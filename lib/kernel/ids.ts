import { hash, randomBytes, randomFillSync, timingSafeEqual } from 'node:crypto';
import { v7 } from 'uuid';

const namespace = Buffer.from('6f1f4d0e3c0b5b439c0e0a3f1b7f6a52', 'hex');
const stableIds = new Map<string, string>();
// Asking the system for randomness costs more than making an id of it.
const randomPool = Buffer.alloc(4096);
let randomUsed = randomPool.length;
const stableIdsMax = 20_000;

/** A new time-ordered id (UUID v7, RFC 9562 section 5.7). Never a secret. */
export function newId(): string {
  if (randomUsed + 16 > randomPool.length) {
    randomFillSync(randomPool);
    randomUsed = 0;
  }
  const random = randomPool.subarray(randomUsed, randomUsed + 16);
  randomUsed += 16;
  return v7({ random });
}

/**
 * The id of a thing that its parts already identify (UUID v5, RFC 9562 section 5.5): the same parts give the same id on any
 * instance and in any rebuild. Parts are length-prefixed so that no two lists of parts run together.
 */
export function stableId(...parts: readonly string[]): string {
  let name = '';
  for (const part of parts) name += `${name === '' ? '' : '|'}${part.length}:${part}`;
  const known = stableIds.get(name);
  if (known) return known;
  const bytes = hash('sha1', Buffer.concat([namespace, Buffer.from(name)]), 'buffer').subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  // The same people and sessions come again and again; the memory of them is bounded.
  if (stableIds.size >= stableIdsMax) stableIds.clear();
  stableIds.set(name, id);
  return id;
}

/** A new secret of 256 bits, base64url, for cookies, bearer tokens and links. Shown once; only its hash is kept. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 of a secret or of bytes: what the database keeps instead of a secret. 256 random bits need no salt. */
export function sha256(value: string | Uint8Array): Buffer {
  return hash('sha256', value, 'buffer');
}

/** Compares two byte strings in constant time; different lengths are simply unequal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** 256 random bits that make a challenge unguessable. Not a secret once used. */
export function newNonce(): Buffer {
  return randomBytes(32);
}
