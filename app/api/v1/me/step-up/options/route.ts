import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { stepUpOptions } from '#lib/staff/step-up.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/step-up/options',
  summary: 'Begin to prove with a passkey that it is still you',
  tag: 'me',
  permission: 'operator',
  background: true,
  answers: {
    200: { description: 'Options for navigator.credentials.get(); they serve this session once, for five minutes.' },
  },
})(async (context) => json(await stepUpOptions(context.database, currentOf(context))));
