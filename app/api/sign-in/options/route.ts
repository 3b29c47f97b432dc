import { answer, json } from '#app/api/answer.ts';
import { browserSecret } from '#app/api/sign-in/browser-cookie.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { assertionOptions } from '#lib/staff/passkeys.ts';
import { admitStranger } from '#lib/staff/public-door.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';

export async function POST(request: Request): Promise<Response> {
  return answer(async () => {
    requireSameOrigin(request);
    await admitStranger(pool('desk'), request);
    return json(await assertionOptions(pool('desk'), { purpose: 'sign-in', boundTo: await browserSecret() }));
  });
}
