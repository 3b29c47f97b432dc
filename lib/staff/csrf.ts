import { createHmac, hkdfSync } from 'node:crypto';
import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { equalBytes } from '#lib/kernel/ids.ts';

export const csrfHeader = 'x-gatehouse-csrf';
let key: Buffer | undefined;

/** The token that a page of this session sends with each change: an HMAC over the session's id, so it serves that session alone. */
export function csrfTokenOf(sessionId: string): string {
  key ??= Buffer.from(hkdfSync('sha256', loadKeyEncryptionKey(readEnv()).key, '', 'gatehouse csrf', 32));
  return createHmac('sha256', key).update(sessionId).digest('base64url');
}

/**
 * Refuses a change ordered with a cookie but without the token of that very session (NIST SP 800-63B-4, section 5.1; OWASP
 * signed double submit bound to the session). @throws Refusal `forbidden`
 */
export function requireCsrfToken(request: Request, sessionId: string): void {
  const given = Buffer.from(request.headers.get(csrfHeader) ?? '');
  if (equalBytes(given, Buffer.from(csrfTokenOf(sessionId)))) return;
  throw new Refusal(
    'forbidden',
    'This page belongs to another sign-in. Reload it, then do it again. Nothing was changed.',
  );
}
