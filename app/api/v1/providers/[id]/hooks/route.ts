import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { createHook } from '#lib/events/sources/manage-providers.ts';
import { execute } from '#lib/kernel/command.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/providers/{id}/hooks',
  summary: "Open a door for the provider's own push (Okta event hook, Auth0 log stream)",
  tag: 'providers',
  permission: 'providers:manage',
  stepUp: true,
  params: idParams,
  answers: {
    201: {
      description: 'The address and the Authorization value, which is shown once.',
      body: z.object({ id: z.string(), address: z.string(), authorization: z.string() }),
    },
  },
})(async ({ database, actor, params }) => json(await execute(database, createHook, actor, params), { status: 201 }));
