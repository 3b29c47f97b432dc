import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { readRun } from '#lib/execution/read-run.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/runs/{id}',
  summary: 'How far a run is: items by state, rate, failures by cause',
  tag: 'runs',
  permission: 'proposals:read',
  params: idParams,
  background: true,
  answers: { 200: { description: 'The run.', body: z.record(z.string(), z.unknown()) } },
})(async ({ actor, database, params }) =>
  json(await database.inTenant(actor.tenantId, (tx) => readRun(tx, actor, params.id))),
);
