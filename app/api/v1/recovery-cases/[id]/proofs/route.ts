import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { askProof } from '#lib/recovery/ask-proof.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/recovery-cases/{id}/proofs',
  summary: 'Ask for a proof; one of a kind is open at a time',
  tag: 'recovery-cases',
  permission: 'recovery:review',
  params: idParams,
  body: askProof.input.omit({ caseId: true }),
  answers: { 200: { description: 'Asked for. No secret is in the answer.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, askProof, actor, { ...body, caseId: params.id })),
);
