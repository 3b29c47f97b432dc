import { z } from 'zod';
import { answer, json } from '#app/api/answer.ts';
import { browserSecret } from '#app/api/sign-in/browser-cookie.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { findEnrolment, placeOfInvitation } from '#lib/staff/invite.ts';
import { registrationOptions } from '#lib/staff/new-passkey.ts';
import { admitStranger } from '#lib/staff/public-door.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';

const shape = z.strictObject({
  token: z.string().max(100),
  email: z.string().max(254).optional(),
  displayName: z.string().max(100).optional(),
});

/** What an enrolment link is for, and (once the person said who they are) the options to make its passkey. */
export async function POST(request: Request): Promise<Response> {
  return answer(async () => {
    requireSameOrigin(request);
    await admitStranger(pool('desk'), request);
    const parsed = shape.safeParse(await request.json().catch(() => null));
    if (!parsed.success) throw new Refusal('bad_request', 'This enrolment request cannot be read.');
    const { token, displayName } = parsed.data;
    const database = pool('desk');
    const { enrolment, place } = await database.outsideTenants(async (tx) => {
      const found = await findEnrolment(tx, token);
      return { enrolment: found, place: await placeOfInvitation(tx, found) };
    });
    const about = { email: enrolment.isBootstrap ? null : enrolment.email, roles: enrolment.roles, ...place };
    if (!displayName) return json({ about });
    const email = enrolment.isBootstrap ? (parsed.data.email ?? '') : enrolment.email;
    const options = await registrationOptions(database, {
      purpose: 'enrolment',
      boundTo: await browserSecret(),
      subject: enrolment.id,
      operatorId: enrolment.operatorId,
      email,
      displayName,
    });
    return json({ about, options });
  });
}
