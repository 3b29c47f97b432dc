import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { ownPasskeyOptions } from '#lib/staff/authenticators/own-passkeys.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/passkeys/options',
  summary: 'Begin to add a passkey',
  tag: 'me',
  permission: 'operator',
  answers: { 200: { description: 'Options for navigator.credentials.create(); they serve this session once.' } },
})(async (context) => json(await ownPasskeyOptions(context.database, currentOf(context))));
