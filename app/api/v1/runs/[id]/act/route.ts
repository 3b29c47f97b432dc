import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { controlRun, runActs } from '#lib/execution/control-run.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/runs/{id}/act',
  summary: 'Pause, resume or stop a run, or try its failed items alone anew',
  tag: 'runs',
  idempotent: true,
  permission: 'proposals:read',
  params: idParams,
  body: z.strictObject({ act: z.enum(runActs), note: z.string().trim().max(500).optional() }),
  answers: { 200: { description: 'Done.', body: z.object({ state: z.string(), items: z.number() }) } },
})(async ({ actor, database, params, body }) =>
  json(await controlRun(database, actor, body.act, { id: params.id, note: body.note })),
);
