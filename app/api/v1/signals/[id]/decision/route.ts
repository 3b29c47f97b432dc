import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { decideSignal } from '#lib/signals/decide-signal.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/signals/{id}/decision',
  summary: 'Move a signal to another state, with the reason',
  tag: 'signals',
  permission: 'signals:write',
  params: idParams,
  body: decideSignal.input.omit({ signalId: true }),
  answers: { 200: { description: 'Moved.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, decideSignal, actor, { ...body, signalId: params.id })),
);
