import { answer, json } from '#app/api/answer.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { cookieOf, federatedCookie } from '#lib/staff/cookies.ts';
import { secondFactorOptions } from '#lib/staff/federation/finish-sign-in.ts';
import { admitStranger } from '#lib/staff/public-door.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';

/** Options for the desk's passkey as the second factor of a sign-in that another provider vouched for. */
export async function POST(request: Request): Promise<Response> {
  return answer(async () => {
    requireSameOrigin(request);
    await admitStranger(pool('desk'), request);
    return json(await secondFactorOptions(pool('desk'), cookieOf(request.headers.get('cookie'), federatedCookie)));
  });
}
