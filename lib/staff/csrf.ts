import { createHmac, hkdfSync } from 'node:crypto';
import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { equalBytes } from '#lib/kernel/ids.ts';

export const csrfHeader = 'x-gatehouse-csrf';
let key: Buffer | undefined;

/** What a page belongs to: the session, and the tenant it worked in when the page was made. */
type PageOf = { id: string; tenantId: string };

/**
 * The token that a page of this session sends with each change: an HMAC over the session and its tenant, so it serves that session
 * alone, and a page of one tenant orders nothing in another where a second tab went on meanwhile.
 */
export function csrfTokenOf({ id, tenantId }: PageOf): string {
  key ??= Buffer.from(hkdfSync('sha256', loadKeyEncryptionKey(readEnv()).key, '', 'gatehouse csrf', 32));
  return createHmac('sha256', key).update(`${id} ${tenantId}`).digest('base64url');
}

/**
 * Refuses a change ordered with a cookie but without the token of that very session (NIST SP 800-63B-4, section 5.1; OWASP
 * signed double submit bound to the session). @throws Refusal `forbidden`
 */
export function requireCsrfToken(request: Request, session: PageOf): void {
  const given = Buffer.from(request.headers.get(csrfHeader) ?? '');
  if (equalBytes(given, Buffer.from(csrfTokenOf(session)))) return;
  throw new Refusal(
    'forbidden',
    'This page belongs to another sign-in or another tenant. Reload it, then do it again. Nothing was changed.',
  );
}
