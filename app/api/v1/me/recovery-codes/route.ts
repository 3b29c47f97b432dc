import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { renewCodes } from '#lib/staff/authenticators/own-recovery.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/recovery-codes',
  summary: 'Make ten new recovery codes; earlier ones are dead',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  answers: {
    201: {
      description: 'The codes, this once.',
      body: z.object({ codes: z.array(z.string()), completed: z.boolean() }),
    },
  },
})(async ({ actor, database }) => json(await execute(database, renewCodes, actor, {}), { status: 201 }));
