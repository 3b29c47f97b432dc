import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { takeAssertion } from '#lib/recovery/judge-proof.ts';
import { admitStranger } from '#lib/staff/public-door.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/recovery-requests/assertion',
  summary: 'Hand in what the provider signed about an authenticator that is left',
  tag: 'recovery-requests',
  permission: 'public',
  body: z.strictObject({ secret: z.string().max(100), assertion: z.string().max(8_192) }),
  bodyBytesMax: 16_384,
  answers: { 200: { description: 'The proof fits this case; it serves no second time.' } },
})(async ({ request, database, body }) => {
  await admitStranger(database, request);
  await takeAssertion(database, body);
  return json({ passed: true });
});
