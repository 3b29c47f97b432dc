import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { showBindingCode } from '#lib/recovery/show-binding-code.ts';
import { admitStranger } from '#lib/staff/public-door.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/recovery-requests/binding-code',
  summary: 'Fetch the binding code, once, after the waiting time',
  tag: 'recovery-requests',
  permission: 'public',
  body: z.strictObject({ secret: z.string().max(100) }),
  bodyBytesMax: 16_384,
  answers: { 200: { description: 'The code, good once and for ten minutes. It is not shown again.' } },
})(async ({ request, database, body }) => {
  await admitStranger(database, request);
  return json(await showBindingCode(database, body.secret));
});
