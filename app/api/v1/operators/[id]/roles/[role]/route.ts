import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { roleNameShape } from '#lib/staff/custom-roles.ts';
import { revokeRole } from '#lib/staff/roles-of-operators.ts';

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/operators/{id}/roles/{role}',
  summary: 'Take a role from an operator',
  tag: 'operators',
  permission: 'staff:manage',
  stepUp: true,
  params: idParams.extend({ role: roleNameShape }),
  answers: { 200: { description: 'Taken; it counts no more from this moment on.' } },
})(async ({ actor, database, params }) =>
  json(await execute(database, revokeRole, actor, { operatorId: params.id, role: params.role })),
);
