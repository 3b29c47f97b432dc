import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { caseForPerson } from '#lib/recovery/case-for-person.ts';
import { admitStranger } from '#lib/staff/public-door.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/recovery-requests/status',
  summary: 'Where the case stands, for whoever holds its link',
  tag: 'recovery-requests',
  permission: 'public',
  body: z.strictObject({ secret: z.string().max(100) }),
  bodyBytesMax: 16_384,
  answers: { 200: { description: 'The case as its person sees it.' } },
})(async ({ request, database, body }) => {
  await admitStranger(database, request);
  return json(await caseForPerson(database, body.secret));
});
