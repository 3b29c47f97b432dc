import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { normalisePassword } from '#lib/staff/password/judge-password.ts';

/** argon2id as OWASP asks at least: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
let decoy: Promise<string> | undefined;

/** Hashes a password with argon2id and a salt of its own (RFC 9106), as a PHC string. */
export function hashPassword(password: string): Promise<string> {
  return hash(normalisePassword(password), cost);
}

/**
 * Compares a password with its hash. Without one (`null`: no such account, or none set) a decoy is compared, so that both take the
 * same work; the answer is then false.
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  decoy ??= hash(randomBytes(32).toString('base64url'), cost);
  const matches = await verify(stored ?? (await decoy), normalisePassword(password));
  return matches && stored !== null;
}
