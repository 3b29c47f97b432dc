import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { identityShape, linkIdentity } from '#lib/staff/federation/identities.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/operators/{id}/identities',
  summary: 'Link an account at a sign-in provider to an operator',
  tag: 'staff',
  permission: 'staff:manage',
  stepUp: true,
  params: idParams,
  body: identityShape,
  answers: { 201: { description: 'Linked; the operator is told.', body: z.object({ id: z.string() }) } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, linkIdentity, actor, { operatorId: params.id, identity: body }), { status: 201 }),
);
