import type { NextRequest } from 'next/server';
import NextAuth from 'next-auth';
import { json } from '#app/api/answer.ts';
import { nextAuthOptions } from '#lib/staff/next-auth-options.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { withSignInRefusal } from '#lib/staff/sign-in-refusal.ts';

async function handler(request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }): Promise<Response> {
  const { result, refusal } = await withSignInRefusal(
    async () => (await NextAuth(request, context, nextAuthOptions())) as Response,
  );
  if (!refusal) return result;
  // `url` is what next-auth's own client reads.
  const url = `${relyingParty().origin}/sign-in?error=TooManyTries`;
  return json(
    { error: refusal.code, message: refusal.message, url },
    { status: 429, headers: { 'Retry-After': String(refusal.retryAfterSeconds ?? 30) } },
  );
}

export { handler as GET, handler as POST };
