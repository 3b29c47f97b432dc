import { answer, json } from '#app/api/answer.ts';
import { readJsonBody } from '#app/api/read-json-body.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { breakGlassMinutes } from '#lib/staff/break-glass.ts';
import { browserCookie, cookieOf, sessionCookie, setCookie } from '#lib/staff/cookies.ts';
import { openBreakGlassWithKey, openWithKeyInput } from '#lib/staff/open-break-glass.ts';
import { admitStranger } from '#lib/staff/public-door.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';

/** Opens the break-glass account with one of its hardware keys. */
export async function POST(request: Request): Promise<Response> {
  return answer(async () => {
    requireSameOrigin(request);
    const database = pool('desk');
    await admitStranger(database, request);
    const parsed = openWithKeyInput.safeParse(await readJsonBody(request, 65_536));
    if (!parsed.success)
      throw new Refusal('invalid_input', 'The key, the tenant and a reason are needed. Nothing was opened.');
    const token = await openBreakGlassWithKey(database, parsed.data, {
      browser: cookieOf(request.headers.get('cookie'), browserCookie),
      ip: request.headers.get('x-gatehouse-client-ip') || null,
      userAgent: request.headers.get('user-agent'),
    });
    if (!token)
      throw new Refusal(
        'not_signed_in',
        'This key opens nothing here. It has to be one that two administrators gave to the sealed account of this tenant. The try is on record.',
      );
    return json({ ok: true }, { headers: { 'Set-Cookie': setCookie(sessionCookie, token, breakGlassMinutes * 60) } });
  });
}
