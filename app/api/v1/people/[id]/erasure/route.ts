import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { erasePerson } from '#lib/events/erase-person.ts';
import { execute } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/people/{id}/erasure',
  summary: 'Take a person’s personal data out of the store; counts and the audit stay',
  tag: 'retention',
  permission: 'policies:manage',
  stepUp: true,
  params: idParams,
  body: erasePerson.input.omit({ personId: true }),
  answers: {
    200: {
      description: 'Erased from so many events and signals.',
      body: z.object({ events: z.number().int(), signals: z.number().int() }),
    },
    409: { description: 'A legal hold covers the person. Nothing was erased.' },
  },
})(async ({ actor, params, body }) =>
  // The caller was proved on the desk's pool; only the erasure itself runs in the role that may.
  json(await execute(pool('maintenance'), erasePerson, actor, { ...body, personId: params.id })),
);
