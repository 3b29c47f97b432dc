import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { caseView } from '#lib/recovery/case-view.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/recovery-cases/{id}',
  summary: 'One recovery case: context, risk with its reasons, proofs, paths, who was told',
  tag: 'recovery-cases',
  permission: 'recovery:read',
  params: idParams,
  background: true,
  answers: { 200: { description: 'The case.', body: z.record(z.string(), z.unknown()) } },
})(async ({ actor, database, params }) =>
  json(await database.inTenant(actor.tenantId, (tx) => caseView(tx, actor.tenantId, params.id))),
);
