import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { removeBreakGlassKey } from '#lib/staff/break-glass-keys.ts';

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/break-glass/keys/{id}',
  summary: 'Take a hardware key of the break-glass account away',
  tag: 'break-glass',
  permission: 'staff:manage',
  stepUp: true,
  params: z.strictObject({ id: z.uuid() }),
  answers: { 200: { description: 'It opens nothing any more.' } },
})(async ({ actor, database, params }) =>
  json(await execute(database, removeBreakGlassKey, actor, { keyId: params.id })),
);
