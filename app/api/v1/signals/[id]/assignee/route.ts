import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { assignSignal } from '#lib/signals/assign-signal.ts';

export const PUT = route({
  method: 'PUT',
  path: '/api/v1/signals/{id}/assignee',
  summary: 'Take a signal, or give it back',
  tag: 'signals',
  permission: 'signals:write',
  params: idParams,
  body: assignSignal.input.omit({ signalId: true }),
  answers: { 200: { description: 'Whose it is now.', body: z.object({ assigneeId: z.uuid().nullable() }) } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, assignSignal, actor, { ...body, signalId: params.id })),
);
