import { z } from 'zod';
import { answer, json } from '#app/api/answer.ts';
import { readJsonBody } from '#app/api/read-json-body.ts';
import { browserSecret } from '#app/api/sign-in/browser-cookie.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { assertionOptions } from '#lib/staff/passkeys.ts';
import { admitStranger } from '#lib/staff/public-door.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';

const shape = z.strictObject({ tenant: z.string().trim().min(1).max(40) });

/** A challenge for a hardware key of a break-glass account: the same answer whether or not there is such a tenant, account or key. */
export async function POST(request: Request): Promise<Response> {
  return answer(async () => {
    requireSameOrigin(request);
    const database = pool('desk');
    await admitStranger(database, request);
    const parsed = shape.safeParse(await readJsonBody(request, 4096));
    if (!parsed.success) throw new Refusal('invalid_input', 'Name the tenant. Nothing was opened.');
    return json(
      await assertionOptions(database, {
        purpose: 'break-glass',
        boundTo: await browserSecret(),
        subject: parsed.data.tenant,
      }),
    );
  });
}
