import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { listTargets, readProposal } from '#lib/approvals/read-proposal.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/proposals/{id}/targets',
  summary: 'The frozen targets of a proposal, in their order',
  tag: 'proposals',
  permission: 'proposals:read',
  params: idParams,
  query: z.strictObject({
    after: z.coerce.number().int().min(0).max(2_000_000).default(0).describe('`next` of the page before'),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
    q: z.string().trim().max(200).optional().describe('part of a name or of the provider’s own id'),
  }),
  answers: {
    200: {
      description: 'A page.',
      body: z.object({ data: z.array(z.record(z.string(), z.unknown())), next: z.number().nullable() }),
    },
  },
})(async ({ actor, database, params, query }) => {
  const page = await database.inTenant(actor.tenantId, async (tx) => {
    await readProposal(tx, actor, params.id);
    return listTargets(tx, actor.tenantId, params.id, query);
  });
  return json({ data: page.rows, next: page.next });
});
