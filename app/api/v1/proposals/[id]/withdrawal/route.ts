import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { withdrawProposal } from '#lib/approvals/decide.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/proposals/{id}/withdrawal',
  summary: 'Take your own proposal back',
  tag: 'proposals',
  idempotent: true,
  permission: 'proposals:read',
  params: idParams,
  body: z.strictObject({ note: z.string().trim().min(3).max(500).optional() }),
  answers: { 200: { description: 'Withdrawn.', body: z.object({ state: z.string() }) } },
})(async ({ actor, database, params, body }) =>
  json(await withdrawProposal(database, actor, { id: params.id, note: body.note })),
);
