import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { enterCode } from '#lib/recovery/judge-proof.ts';
import { admitStranger } from '#lib/staff/public-door.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/recovery-requests/code',
  summary: 'Enter a code that was sent to an address on record',
  tag: 'recovery-requests',
  permission: 'public',
  body: z.strictObject({ secret: z.string().max(100), code: z.string().max(20) }),
  bodyBytesMax: 16_384,
  answers: { 200: { description: 'The code was right; it serves no second time.' } },
})(async ({ request, database, body }) => {
  await admitStranger(database, request);
  await enterCode(database, body);
  return json({ passed: true });
});
