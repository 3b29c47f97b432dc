import type { NextRequest } from 'next/server';
import NextAuth from 'next-auth';
import { answer, json } from '#app/api/answer.ts';
import { nextAuthOptions } from '#lib/staff/next-auth-options.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';
import { withSignInRefusal } from '#lib/staff/sign-in-refusal.ts';

async function handler(request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }): Promise<Response> {
  // Besides next-auth's own token: a sign-in or sign-out ordered by another site is none.
  if (request.method !== 'GET') {
    const foreign = await answer(async () => {
      requireSameOrigin(request);
      return new Response(null, { status: 204 });
    });
    if (!foreign.ok) return foreign;
  }
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
