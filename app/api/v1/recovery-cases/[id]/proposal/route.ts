import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { proposeRecovery } from '#lib/recovery/propose-recovery.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/recovery-cases/{id}/proposal',
  summary: 'Propose a new authenticator for the person; refused while the proofs are not complete',
  tag: 'recovery-cases',
  permission: 'recovery:review',
  stepUp: true,
  idempotent: true,
  params: idParams,
  body: proposeRecovery.input.omit({ caseId: true }),
  answers: { 200: { description: 'Proposed; at high risk or for a privileged person it waits for a second person.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, proposeRecovery, actor, { ...body, caseId: params.id })),
);
