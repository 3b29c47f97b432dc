import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { changeKeyPolicy } from '#lib/keys/change-key-policy.ts';

const seconds = z.int();

export const PATCH = route({
  method: 'PATCH',
  path: '/api/v1/keys/issuers/{id}/policy',
  summary: 'Change how long the keys of an issuer are announced, trusted, kept and used',
  tag: 'keys',
  permission: 'keys:propose',
  stepUp: true,
  params: idParams,
  body: changeKeyPolicy.input.omit({ issuerId: true }),
  answers: {
    200: {
      description: 'Changed; it counts for rotations proposed from now on. Seconds.',
      body: z.object({
        policy: z.object({
          leadSeconds: seconds,
          clientCacheSeconds: seconds,
          jwksMaxAgeSeconds: seconds,
          tokenLifeSeconds: seconds,
          skewSeconds: seconds,
          keepSeconds: seconds,
          periodSeconds: seconds,
        }),
      }),
    },
  },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, changeKeyPolicy, actor, { ...body, issuerId: params.id })),
);
