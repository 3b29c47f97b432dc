import { hkdfSync } from 'node:crypto';
import type { NextAuthOptions } from 'next-auth';
import CredentialsProvider from 'next-auth/providers/credentials';
import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { log } from '#lib/kernel/log.ts';
import { browserCookie, cookieOf, cookieOptions, federatedCookie, sessionCookie } from '#lib/staff/cookies.ts';
import { deskSessionLimits, findDeskSession } from '#lib/staff/desk-sessions.ts';
import { signInFederated } from '#lib/staff/federation/finish-sign-in.ts';
import { signInWithEnrolment, signInWithPasskey } from '#lib/staff/sign-in.ts';
import { noteSignInRefusal } from '#lib/staff/sign-in-refusal.ts';
import { signInWithPassword } from '#lib/staff/sign-in-with-password.ts';
import { type Attempt, type SignedIn, signOut } from '#lib/staff/start-session.ts';

const hours = 3600;

/**
 * next-auth as the front of every sign-in, the desk's own rows behind it. Its session cookie carries the opaque token and nothing
 * else: `encode` hands the token through, `decode` asks the database. So there is no JWT that slides, outlives a revocation or
 * says who somebody is, and ending the row ends the session at once.
 */
export function nextAuthOptions(): NextAuthOptions {
  const secret = Buffer.from(
    hkdfSync('sha256', loadKeyEncryptionKey(readEnv()).key, '', 'gatehouse next-auth', 32),
  ).toString('base64url');
  return {
    secret,
    debug: false,
    useSecureCookies: true,
    pages: { signIn: '/sign-in', error: '/sign-in', signOut: '/sign-in' },
    session: { strategy: 'jwt', maxAge: deskSessionLimits.absoluteHours * hours },
    cookies: {
      sessionToken: { name: sessionCookie, options: cookieOptions },
      csrfToken: { name: '__Host-gatehouse-csrf', options: cookieOptions },
      callbackUrl: { name: '__Secure-gatehouse-callback', options: cookieOptions },
    },
    jwt: {
      maxAge: deskSessionLimits.absoluteHours * hours,
      encode: async ({ token }) => (typeof token?.deskToken === 'string' ? token.deskToken : ''),
      async decode({ token }) {
        if (!token) return null;
        const session = await findDeskSession(pool('desk'), token, { extend: false });
        return session
          ? { deskToken: token, sub: session.operatorId, name: session.displayName, email: session.email }
          : null;
      },
    },
    callbacks: {
      jwt: ({ token, user }) =>
        user ? { sub: user.id, name: user.name, email: user.email, deskToken: (user as SignedIn).deskToken } : token,
      // What /api/auth/session shows: names only, never the token.
      session: ({ session, token }) => ({
        expires: session.expires,
        user: { name: token.name ?? null, email: token.email ?? null },
      }),
      redirect: ({ url, baseUrl }) => (url.startsWith('/') && !/^\/[\\/]/.test(url) ? `${baseUrl}${url}` : baseUrl),
    },
    events: {
      async signOut({ token }) {
        if (typeof token?.deskToken === 'string') await signOut(pool('desk'), token.deskToken, 'signed out');
      },
    },
    providers: [
      CredentialsProvider({
        id: 'passkey',
        name: 'Passkey',
        credentials: { response: {} },
        authorize: (given, request) =>
          attempt(request.headers, (circumstances) =>
            signInWithPasskey(pool('desk'), parse(given?.response), circumstances),
          ),
      }),
      CredentialsProvider({
        id: 'enrolment',
        name: 'Enrolment link',
        credentials: { enrolment: {} },
        authorize: (given, request) =>
          attempt(request.headers, (circumstances) =>
            signInWithEnrolment(pool('desk'), parse(given?.enrolment), circumstances),
          ),
      }),
      CredentialsProvider({
        id: 'password',
        name: 'Password and code',
        credentials: { email: {}, password: {}, code: {} },
        authorize: (given, request) =>
          attempt(request.headers, (circumstances) =>
            signInWithPassword(
              pool('desk'),
              { email: given?.email, password: given?.password, code: given?.code },
              circumstances,
            ),
          ),
      }),
      CredentialsProvider({
        id: 'federated',
        name: 'Company account',
        credentials: { response: {}, code: {} },
        authorize: (given, request) =>
          attempt(request.headers, (circumstances) =>
            signInFederated(
              pool('desk'),
              {
                ...(given?.response ? { response: parse(given.response) } : {}),
                ...(given?.code ? { code: given.code } : {}),
              },
              { ...circumstances, federated: cookieOf(headerOf(request.headers, 'cookie'), federatedCookie) },
            ),
          ),
      }),
    ],
    logger: {
      // next-auth's own words may carry what was sent; ours are in the audit.
      error: (code) => log.warn({ code }, 'next-auth refused a request'),
      warn: () => undefined,
      debug: () => undefined,
    },
  };
}

async function attempt(
  headers: Record<string, unknown> | undefined,
  work: (attempt: Attempt) => Promise<SignedIn | null>,
): Promise<SignedIn | null> {
  const text = (name: string) => headerOf(headers, name);
  try {
    return await work({
      browser: cookieOf(text('cookie'), browserCookie),
      oldToken: cookieOf(text('cookie'), sessionCookie),
      ip: text('x-gatehouse-client-ip') || null,
      userAgent: text('user-agent'),
    });
  } catch (error) {
    // next-auth puts an error's text into an address; so it hears of none.
    noteSignInRefusal(error);
    log.warn({ err: error }, 'a sign-in attempt failed');
    return null;
  }
}

function headerOf(headers: Record<string, unknown> | undefined, name: string): string | null {
  const value = headers?.[name];
  return typeof value === 'string' ? value : null;
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
