import { renderSVG } from 'uqr';
import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { beginCodeGenerator } from '#lib/staff/authenticators/own-password.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/code-generator',
  summary: 'Begin a code generator (TOTP)',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  answers: {
    201: {
      description: 'The secret, this once; it serves after a code of it was shown.',
      body: z.object({ secret: z.string(), address: z.string(), picture: z.string() }),
    },
  },
})(async ({ actor, database }) => {
  const made = await execute(database, beginCodeGenerator, actor, {});
  return json({ ...made, picture: renderSVG(made.address, { border: 2 }) }, { status: 201 });
});
