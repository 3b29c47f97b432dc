import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { setRolePolicy } from '#lib/staff/set-role-policy.ts';

export const PUT = route({
  method: 'PUT',
  path: '/api/v1/role-policies/{role}',
  summary: 'Set what a role asks of its holders’ sign-in',
  tag: 'policies',
  permission: 'policies:manage',
  stepUp: true,
  params: z.strictObject({ role: z.string().min(1).max(60) }),
  body: setRolePolicy.input.omit({ role: true }),
  answers: { 200: { description: 'Set; living sessions are bound at once.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, setRolePolicy, actor, { ...body, role: params.role })),
);
