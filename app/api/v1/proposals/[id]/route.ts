import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { readProposal } from '#lib/approvals/read-proposal.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/proposals/{id}',
  summary: 'One proposal: what will happen, its digest, who signed',
  tag: 'proposals',
  permission: 'proposals:read',
  params: idParams,
  background: true,
  answers: { 200: { description: 'The proposal.', body: z.record(z.string(), z.unknown()) } },
})(async ({ actor, database, params }) =>
  json(await database.inTenant(actor.tenantId, (tx) => readProposal(tx, actor, params.id))),
);
