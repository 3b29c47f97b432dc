import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { steerPull } from '#lib/events/sources/manage-providers.ts';
import { execute } from '#lib/kernel/command.ts';

export const PATCH = route({
  method: 'PATCH',
  path: '/api/v1/provider-pulls/{id}',
  summary: 'Look at a log at once, stop looking, or start again',
  tag: 'providers',
  permission: 'providers:manage',
  params: idParams,
  body: steerPull.input.omit({ id: true }),
  answers: { 200: { description: 'Done.', body: z.object({ id: z.string() }) } },
})(async ({ database, actor, params, body }) =>
  json(await execute(database, steerPull, actor, { ...body, id: params.id })),
);
