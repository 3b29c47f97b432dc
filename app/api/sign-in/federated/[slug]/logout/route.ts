import { answer, json } from '#app/api/answer.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { takeLogoutToken } from '#lib/staff/federation/backchannel-logout.ts';
import { admitStranger } from '#lib/staff/public-door.ts';

/** OpenID Connect Back-Channel Logout 1.0: a provider says that somebody signed out there. The proof is the token itself. */
export async function POST(request: Request, context: { params: Promise<{ slug: string }> }): Promise<Response> {
  return answer(async () => {
    await admitStranger(pool('desk'), request);
    const isForm = request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded');
    if (!isForm || Number(request.headers.get('content-length') ?? 0) > 20_000)
      throw new Refusal('bad_request', 'Expected a form with a logout_token.');
    const token = new URLSearchParams(await request.text()).get('logout_token') ?? '';
    const ended = await takeLogoutToken(pool('desk'), { slug: (await context.params).slug, token });
    if (ended === null) throw new Refusal('bad_request', 'This logout token is refused. Nothing was changed.');
    return json({ ended });
  });
}
