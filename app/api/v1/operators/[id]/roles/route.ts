import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { grantRole } from '#lib/staff/roles-of-operators.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/operators/{id}/roles',
  summary: 'Give an operator a role',
  tag: 'operators',
  permission: 'staff:manage',
  stepUp: true,
  params: idParams,
  body: grantRole.input.omit({ operatorId: true }),
  answers: { 200: { description: 'Given; `flagged` names combinations that are allowed but shown.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, grantRole, actor, { ...body, operatorId: params.id })),
);
