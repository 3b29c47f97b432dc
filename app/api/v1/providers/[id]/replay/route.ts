import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { replayInput, replayQuarantine } from '#lib/events/sources/replay-quarantine.ts';
import { places } from '#lib/kernel/geo/places.ts';

const count = z.number().int();

export const POST = route({
  method: 'POST',
  path: '/api/v1/providers/{id}/replay',
  summary: 'Read quarantined records of a provider again',
  tag: 'providers',
  permission: 'providers:manage',
  pool: 'ingest',
  params: idParams,
  body: replayInput.omit({ id: true }),
  answers: {
    200: {
      description: 'What became of them. What is readable now is stored and has left the quarantine.',
      body: z.object({
        tried: count,
        stored: count,
        duplicate: count,
        stillQuarantined: count,
        next: z.uuid().nullable().describe('give it as `after` to go on; null when all were tried'),
      }),
    },
  },
})(async ({ database, actor, params, body }) =>
  json(await replayQuarantine(database, actor, { ...body, id: params.id }, places().find)),
);
