/** Cookie names of the desk. `__Host-` binds a cookie to this very host, path / and a secure origin (localhost counts as one). */
export const sessionCookie = '__Host-gatehouse-session';
export const browserCookie = '__Host-gatehouse-browser';
/** A sign-in under way at another provider. Lax, because the browser comes back from another site. */
export const federatedCookie = '__Host-gatehouse-federated';

/** How the desk's cookies are set: never to scripts, never in the clear, not from other sites' forms. */
export const cookieOptions = { httpOnly: true, sameSite: 'lax', path: '/', secure: true } as const;

/** One cookie out of a Cookie header. */
export function cookieOf(header: string | null | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

/** A Set-Cookie header for one of the desk's cookies (RFC 6265 section 4.1). Values are base64url, so nothing needs escaping. */
export function setCookie(name: string, value: string, maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Lax`;
}
