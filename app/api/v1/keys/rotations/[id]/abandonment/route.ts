import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { abandonRotation } from '#lib/keys/decide-rotation.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/keys/rotations/{id}/abandonment',
  summary: 'Take a key rotation back while the new key has not signed',
  tag: 'keys',
  permission: 'keys:propose',
  stepUp: true,
  params: idParams,
  body: abandonRotation.input.omit({ rotationId: true }),
  answers: { 200: { description: 'Done.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, abandonRotation, actor, { ...body, rotationId: params.id })),
);
