import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { vetoCase } from '#lib/recovery/veto-case.ts';
import { admitStranger } from '#lib/staff/public-door.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/recovery-requests/veto',
  summary: 'Say that it was not you: stops the recovery, without a login',
  tag: 'recovery-requests',
  permission: 'public',
  body: z.strictObject({ secret: z.string().max(100) }),
  bodyBytesMax: 16_384,
  answers: { 200: { description: 'Stopped.' } },
})(async ({ request, database, body }) => {
  await admitStranger(database, request);
  return json(await vetoCase(database, body.secret, request.headers.get('x-gatehouse-client-ip') || null));
});
