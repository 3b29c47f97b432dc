import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { testProvider } from '#lib/events/sources/test-provider.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/providers/{id}/test',
  summary: "Try a provider's connection part by part",
  tag: 'providers',
  permission: 'providers:manage',
  params: idParams,
  answers: {
    200: {
      description: 'What works and what does not.',
      body: z.object({ steps: z.array(z.object({ what: z.string(), ok: z.boolean(), detail: z.string() })) }),
    },
  },
})(async ({ database, actor, params }) => json({ steps: await testProvider(database, actor, params.id) }));
