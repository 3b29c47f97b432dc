import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { admitBreakGlassKey } from '#lib/staff/break-glass-keys.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/break-glass/keys/{id}/admission',
  summary: 'Admit a hardware key that somebody else gave to the break-glass account',
  tag: 'break-glass',
  permission: 'staff:manage',
  stepUp: true,
  params: z.strictObject({ id: z.uuid() }),
  answers: { 200: { description: 'From now on it opens the account while that is sealed.' } },
})(async ({ actor, database, params }) =>
  json(await execute(database, admitBreakGlassKey, actor, { keyId: params.id })),
);
