import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { restoreOperator, suspendOperator } from '#lib/staff/suspend-operator.ts';

const about = {
  path: '/api/v1/operators/{id}/suspension',
  tag: 'operators',
  permission: 'staff:manage',
  stepUp: true,
  params: idParams,
} as const;

export const POST = route({
  ...about,
  method: 'POST',
  summary: 'Suspend an operator in this tenant: their sessions here end',
  body: suspendOperator.input.omit({ operatorId: true }),
  answers: { 200: { description: 'Suspended; `sessionsEnded` says how many sessions ended.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, suspendOperator, actor, { ...body, operatorId: params.id })),
);

export const DELETE = route({
  ...about,
  method: 'DELETE',
  summary: 'Lift a suspension',
  answers: { 200: { description: 'Lifted.' } },
})(async ({ actor, database, params }) =>
  json(await execute(database, restoreOperator, actor, { operatorId: params.id })),
);
