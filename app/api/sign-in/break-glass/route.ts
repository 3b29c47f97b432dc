import { answer, json } from '#app/api/answer.ts';
import { readJsonBody } from '#app/api/read-json-body.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { breakGlassMinutes } from '#lib/staff/break-glass.ts';
import { sessionCookie, setCookie } from '#lib/staff/cookies.ts';
import { openBreakGlass, openBreakGlassInput } from '#lib/staff/open-break-glass.ts';
import { admitStranger } from '#lib/staff/public-door.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';

/** Opens the break-glass account with both halves of its code. */
export async function POST(request: Request): Promise<Response> {
  return answer(async () => {
    requireSameOrigin(request);
    const database = pool('desk');
    await admitStranger(database, request);
    const parsed = openBreakGlassInput.safeParse(await readJsonBody(request, 4096));
    if (!parsed.success)
      throw new Refusal('invalid_input', 'Both halves, the tenant and a reason are needed. Nothing was opened.');
    const token = await openBreakGlass(database, parsed.data, {
      ip: request.headers.get('x-gatehouse-client-ip') || null,
      userAgent: request.headers.get('user-agent'),
    });
    if (!token)
      throw new Refusal(
        'not_signed_in',
        'These halves open nothing here. Check both and the tenant; a code serves once. The try is on record.',
      );
    return json({ ok: true }, { headers: { 'Set-Cookie': setCookie(sessionCookie, token, breakGlassMinutes * 60) } });
  });
}
