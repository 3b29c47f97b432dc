import { cookies } from 'next/headers';
import { newSecret } from '#lib/kernel/ids.ts';
import { browserCookie } from '#lib/staff/cookies.ts';

/** The secret that binds a challenge to this browser; made when the browser has none. */
export async function browserSecret(): Promise<string> {
  const jar = await cookies();
  const existing = jar.get(browserCookie)?.value;
  if (existing && /^[A-Za-z0-9_-]{43}$/.test(existing)) return existing;
  const fresh = newSecret();
  jar.set(browserCookie, fresh, { httpOnly: true, secure: true, sameSite: 'strict', path: '/', maxAge: 900 });
  return fresh;
}
