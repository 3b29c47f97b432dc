import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { separateAccount } from '#lib/staff/one-person.ts';

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/operators/{id}/person',
  summary: 'Separate an account from the others of its person, where the link was wrong; never one of your own',
  tag: 'operators',
  permission: 'staff:manage',
  stepUp: true,
  params: idParams,
  body: separateAccount.input.omit({ operatorId: true }),
  answers: { 200: { description: 'Separated; its owner is told.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, separateAccount, actor, { ...body, operatorId: params.id })),
);
