import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { otherAccountOptions } from '#lib/staff/one-person.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/accounts/options',
  summary: 'Begin to link another account of yours',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  answers: { 200: { description: 'Options for navigator.credentials.get(), for a passkey of the other account.' } },
})(async (context) => json(await otherAccountOptions(context.database, currentOf(context))));
