import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { removePassword, setPassword } from '#lib/staff/authenticators/own-password.ts';

export const PUT = route({
  method: 'PUT',
  path: '/api/v1/me/password',
  summary: 'Set or change your own password',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  body: setPassword.input,
  answers: { 200: { description: 'Set; it signs you in together with a code only.' } },
})(async ({ actor, database, body }) => json(await execute(database, setPassword, actor, body)));

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/me/password',
  summary: 'Remove your own password and code generator',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  answers: { 200: { description: 'Removed.' } },
})(async ({ actor, database }) => json(await execute(database, removePassword, actor, {})));
