import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { proposeRotation } from '#lib/keys/propose-rotation.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/keys/rotations',
  summary: 'Propose the rotation or the kill of a signing key; a second person signs',
  tag: 'keys',
  permission: 'keys:propose',
  stepUp: true,
  idempotent: true,
  body: proposeRotation.input,
  answers: {
    201: {
      description: 'Proposed; it waits for a second person.',
      body: z.object({ proposalId: z.string(), digest: z.string(), state: z.string() }),
    },
  },
})(async ({ actor, database, body }) => json(await execute(database, proposeRotation, actor, body), { status: 201 }));
