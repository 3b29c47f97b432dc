import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { rejectProposal } from '#lib/approvals/decide.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/proposals/{id}/rejection',
  summary: 'Turn a proposal down',
  tag: 'proposals',
  idempotent: true,
  permission: 'proposals:read',
  params: idParams,
  body: z.strictObject({ note: z.string().trim().min(3, 'Say in a few words why.').max(500) }),
  answers: { 200: { description: 'Rejected.', body: z.object({ state: z.string() }) } },
})(async ({ actor, database, params, body }) =>
  json(await rejectProposal(database, actor, { id: params.id, note: body.note })),
);
