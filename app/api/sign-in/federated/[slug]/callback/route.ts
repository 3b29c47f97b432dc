import { answer } from '#app/api/answer.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { cookieOf, federatedCookie } from '#lib/staff/cookies.ts';
import { takeProviderAnswer } from '#lib/staff/federation/federated-sign-in.ts';
import { admitStranger } from '#lib/staff/public-door.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';

/** Where a provider sends the person back. It starts no session: the sign-in page asks for what is missing, and for a click. */
export async function GET(request: Request, context: { params: Promise<{ slug: string }> }): Promise<Response> {
  return answer(async () => {
    await admitStranger(pool('desk'), request);
    const taken = await takeProviderAnswer(pool('desk'), {
      slug: (await context.params).slug,
      browser: cookieOf(request.headers.get('cookie'), federatedCookie),
      answer: new URL(request.url).searchParams,
      ip: request.headers.get('x-gatehouse-client-ip') || null,
      userAgent: request.headers.get('user-agent'),
    });
    const to = new URL(taken ? '/sign-in?account=known' : '/sign-in?account=refused', relyingParty().origin);
    return new Response(null, { status: 303, headers: { Location: to.href, 'Cache-Control': 'no-store' } });
  });
}
