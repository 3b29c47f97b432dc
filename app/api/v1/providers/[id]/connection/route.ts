import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { connectProvider, disconnectProvider } from '#lib/events/sources/manage-providers.ts';
import { execute } from '#lib/kernel/command.ts';

const about = {
  path: '/api/v1/providers/{id}/connection',
  tag: 'providers',
  permission: 'providers:manage',
  stepUp: true,
  params: idParams,
  answers: { 200: { description: 'Done.', body: z.object({ id: z.string() }) } },
} as const;

export const PUT = route({
  ...about,
  method: 'PUT',
  summary: 'Store how to reach a provider and which logs to pull; secrets never come out again',
  body: connectProvider.input.omit({ id: true }),
  bodyBytesMax: 64 * 1024,
})(async ({ database, actor, params, body }) =>
  json(await execute(database, connectProvider, actor, { ...body, id: params.id })),
);

export const DELETE = route({ ...about, method: 'DELETE', summary: 'Forget how to reach a provider' })(
  async ({ database, actor, params }) => json(await execute(database, disconnectProvider, actor, params)),
);
