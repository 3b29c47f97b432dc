import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { setNotificationAddresses } from '#lib/staff/authenticators/own-recovery.ts';

export const PUT = route({
  method: 'PUT',
  path: '/api/v1/me/notification-addresses',
  summary: 'Set where notices go besides your sign-in e-mail',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  body: setNotificationAddresses.input,
  answers: { 200: { description: 'Set; old and new addresses are told.' } },
})(async ({ actor, database, body }) => json(await execute(database, setNotificationAddresses, actor, body)));
