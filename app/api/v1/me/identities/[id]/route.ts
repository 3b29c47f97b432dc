import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { unlinkIdentity } from '#lib/staff/federation/identities.ts';

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/me/identities/{id}',
  summary: 'Unlink an account at another provider',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  params: idParams,
  answers: { 200: { description: 'Unlinked; the sessions that began with it have ended.' } },
})(async ({ actor, database, params }) =>
  json(await execute(database, unlinkIdentity, actor, { identityId: params.id })),
);
