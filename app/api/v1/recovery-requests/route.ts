import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { intakeShape, openCase } from '#lib/recovery/open-case.ts';
import { admitStranger } from '#lib/staff/public-door.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/recovery-requests',
  summary: 'Ask for help with signing in; answers alike for known and unknown people',
  tag: 'recovery-requests',
  permission: 'public',
  body: intakeShape,
  bodyBytesMax: 4_096,
  answers: {
    202: {
      description: 'Taken in, whoever it is about.',
      body: z.object({
        number: z.string(),
        secret: z.string().describe('opens the case for whoever asked; shown once'),
      }),
    },
  },
})(async ({ request, database, body }) => {
  await admitStranger(database, request);
  const { headers } = request;
  const made = await openCase(database, body, {
    ip: headers.get('x-gatehouse-client-ip') || null,
    userAgent: headers.get('user-agent'),
    requestId: headers.get('x-gatehouse-request-id'),
  });
  return json(made, { status: 202 });
});
