import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { removePasskey } from '#lib/staff/authenticators/own-passkeys.ts';

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/me/passkeys/{id}',
  summary: 'Remove a passkey of your own',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  params: idParams,
  answers: { 200: { description: 'Removed; the sessions it proved have ended, all your addresses are told.' } },
})(async ({ actor, database, params }) =>
  json(await execute(database, removePasskey, actor, { passkeyId: params.id })),
);
