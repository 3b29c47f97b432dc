import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { switchReceiver } from '#lib/events/sources/manage-receivers.ts';
import { execute } from '#lib/kernel/command.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/ssf/receivers/{id}/switch',
  summary: 'Open or close the door of a Shared Signals stream',
  tag: 'ssf',
  permission: 'providers:manage',
  params: idParams,
  body: switchReceiver.input.omit({ id: true }),
  answers: { 200: { description: 'Done.', body: z.object({ id: z.string() }) } },
})(async ({ database, actor, params, body }) =>
  json(await execute(database, switchReceiver, actor, { ...body, id: params.id })),
);
