import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { approveProposal } from '#lib/approvals/decide.ts';
import { Refusal } from '#lib/kernel/errors.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/proposals/{id}/approval',
  summary: 'Sign a proposal of somebody else with your passkey',
  tag: 'proposals',
  idempotent: true,
  permission: 'proposals:read',
  params: idParams,
  body: z.strictObject({
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('the digest you saw'),
    assertion: z.record(z.string(), z.unknown()),
  }),
  answers: {
    200: {
      description: 'Signed. With the last signature the run and its cut-off exist.',
      body: z.object({
        state: z.string(),
        approvals: z.number(),
        approvalsNeeded: z.number(),
        runId: z.string().nullable(),
      }),
    },
  },
})(async ({ actor, database, params, body, session }) => {
  if (!session) throw new Refusal('forbidden', 'Only people approve. A token can propose.');
  return json(await approveProposal(database, actor, session.id, { id: params.id, ...body }));
});
