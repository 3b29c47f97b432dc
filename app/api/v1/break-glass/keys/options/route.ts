import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { breakGlassKeyOptions } from '#lib/staff/break-glass-keys.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/break-glass/keys/options',
  summary: 'Begin to give the break-glass account a hardware key',
  tag: 'break-glass',
  permission: 'staff:manage',
  stepUp: true,
  answers: { 200: { description: 'Options for navigator.credentials.create(); they serve this session once.' } },
})(async (context) => json(await breakGlassKeyOptions(context.database, currentOf(context))));
