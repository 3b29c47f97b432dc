import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { readDrift } from '#lib/revocation/drift.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/proposals/{id}/drift',
  summary: 'How the world moved since the sessions of a revocation were frozen; shown, never added',
  tag: 'proposals',
  permission: 'revocations:read',
  params: idParams,
  background: true,
  answers: {
    200: {
      description: 'Null for a kind whose targets do not drift.',
      body: z.object({ drift: z.record(z.string(), z.unknown()).nullable() }),
    },
  },
})(async ({ actor, database, params }) =>
  json({ drift: await database.inTenant(actor.tenantId, (tx) => readDrift(tx, actor, params.id)) }),
);
