import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { createReceiver } from '#lib/events/sources/manage-receivers.ts';
import { execute } from '#lib/kernel/command.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/ssf/receivers',
  summary: 'Make the receiving end of a Shared Signals stream',
  tag: 'ssf',
  permission: 'providers:manage',
  stepUp: true,
  body: createReceiver.input,
  bodyBytesMax: 128 * 1024,
  answers: {
    201: {
      description: 'Address and audience for the transmitter, and the Authorization header, which is shown once.',
      body: z.object({
        id: z.string(),
        providerId: z.string(),
        address: z.string(),
        audience: z.string(),
        authorization: z.string().nullable(),
      }),
    },
  },
})(async ({ database, actor, body }) => json(await execute(database, createReceiver, actor, body), { status: 201 }));
