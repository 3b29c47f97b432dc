import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { addSignInProvider } from '#lib/staff/federation/sign-in-providers.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/sign-in-providers',
  summary: 'Let operators sign in through an OpenID provider',
  tag: 'policies',
  permission: 'policies:manage',
  stepUp: true,
  body: addSignInProvider.input,
  answers: { 201: { description: 'Added.', body: z.object({ id: z.string(), slug: z.string() }) } },
})(async ({ actor, database, body }) => json(await execute(database, addSignInProvider, actor, body), { status: 201 }));
