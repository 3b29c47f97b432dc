import { answer, json } from '#app/api/answer.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { newSecret } from '#lib/kernel/ids.ts';
import { federatedCookie, setCookie } from '#lib/staff/cookies.ts';
import { beginFederatedSignIn } from '#lib/staff/federation/federated-sign-in.ts';
import { admitStranger } from '#lib/staff/public-door.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';

/** Begins a sign-in at another provider, on a click; answers where to send the person. */
export async function POST(request: Request, context: { params: Promise<{ slug: string }> }): Promise<Response> {
  return answer(async () => {
    requireSameOrigin(request);
    await admitStranger(pool('desk'), request);
    const browser = newSecret();
    const url = await beginFederatedSignIn(pool('desk'), { slug: (await context.params).slug, browser });
    return json({ url }, { headers: { 'Set-Cookie': setCookie(federatedCookie, browser, 900) } });
  });
}
