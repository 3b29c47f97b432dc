import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { rejectCase } from '#lib/recovery/propose-recovery.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/recovery-cases/{id}/rejection',
  summary: 'Turn an open case down',
  tag: 'recovery-cases',
  permission: 'recovery:review',
  params: idParams,
  body: rejectCase.input.omit({ caseId: true }),
  answers: { 200: { description: 'Rejected.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, rejectCase, actor, { ...body, caseId: params.id })),
);
