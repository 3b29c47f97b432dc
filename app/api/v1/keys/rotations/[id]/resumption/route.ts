import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { resumeRotation } from '#lib/keys/decide-rotation.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/keys/rotations/{id}/resumption',
  summary: 'Let a halted key rotation go on, with the reason',
  tag: 'keys',
  permission: 'keys:propose',
  stepUp: true,
  params: idParams,
  body: resumeRotation.input.omit({ rotationId: true }),
  answers: { 200: { description: 'Done.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, resumeRotation, actor, { ...body, rotationId: params.id })),
);
