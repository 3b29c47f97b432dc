import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { endOperatorSessions } from '#lib/staff/suspend-operator.ts';

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/operators/{id}/sessions/{session}',
  summary: 'End one session of an operator in this tenant',
  tag: 'operators',
  permission: 'staff:manage',
  stepUp: true,
  params: idParams.extend({ session: z.uuid() }),
  answers: { 200: { description: 'Ended.' } },
})(async ({ actor, database, params }) =>
  json(await execute(database, endOperatorSessions, actor, { operatorId: params.id, sessionId: params.session })),
);
