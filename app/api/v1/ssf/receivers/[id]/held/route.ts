import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { decideHeldSets, decisionOnHeld } from '#lib/events/sources/held-sets.ts';
import { places } from '#lib/kernel/geo/places.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/ssf/receivers/{id}/held',
  summary: "Release or drop what was held over a stream's cap",
  tag: 'ssf',
  permission: 'providers:manage',
  stepUp: true,
  params: idParams,
  body: decisionOnHeld.omit({ id: true }),
  answers: {
    200: { description: 'How many were decided on.', body: z.object({ decided: z.number(), stored: z.number() }) },
  },
})(async ({ database, actor, params, body }) =>
  json(await decideHeldSets(database, actor, { ...body, id: params.id }, places().find)),
);
