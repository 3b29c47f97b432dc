import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { confirmCodeGenerator } from '#lib/staff/authenticators/own-password.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/code-generator/confirmation',
  summary: 'Put the code generator in use by one of its codes',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  body: confirmCodeGenerator.input,
  answers: { 200: { description: 'In use.' } },
})(async ({ actor, database, body }) => json(await execute(database, confirmCodeGenerator, actor, body)));
