import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { steerStream, steerStreamInput } from '#lib/events/sources/steer-stream.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/ssf/receivers/{id}/stream',
  summary: 'Manage the stream at its transmitter: create, remove, pause, enable, status, verify',
  tag: 'ssf',
  permission: 'providers:manage',
  stepUp: true,
  params: idParams,
  body: steerStreamInput.omit({ id: true }),
  answers: {
    200: { description: 'What the transmitter answered.', body: z.object({ status: z.string(), detail: z.string() }) },
  },
})(async ({ database, actor, params, body }) => json(await steerStream(database, actor, { ...body, id: params.id })));
