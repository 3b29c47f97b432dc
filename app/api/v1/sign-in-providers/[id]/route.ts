import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { disableSignInProvider } from '#lib/staff/federation/sign-in-providers.ts';

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/sign-in-providers/{id}',
  summary: 'Close a sign-in provider; sessions that began there end',
  tag: 'policies',
  permission: 'policies:manage',
  stepUp: true,
  params: idParams,
  answers: { 200: { description: 'Closed.' } },
})(async ({ actor, database, params }) =>
  json(await execute(database, disableSignInProvider, actor, { providerId: params.id })),
);
