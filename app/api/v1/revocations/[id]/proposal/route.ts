import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { submitRevocation } from '#lib/revocation/submit-revocation.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/revocations/{id}/proposal',
  summary: 'Propose what was rehearsed. People sign it with their passkey; what a token proposes waits for people',
  tag: 'revocations',
  idempotent: true,
  permission: 'revocations:propose',
  params: idParams,
  body: z.strictObject({ assertion: z.record(z.string(), z.unknown()).optional() }),
  answers: {
    202: {
      description: 'Proposed. `approved`: within the limit for one person alone, its run exists.',
      body: z.object({
        id: z.string(),
        digest: z.string(),
        state: z.string(),
        approvalsNeeded: z.number(),
        why: z.string(),
        runId: z.string().nullable(),
      }),
    },
  },
})(async ({ actor, database, params, body, session }) =>
  json(await submitRevocation(database, actor, session?.id ?? null, { id: params.id, assertion: body.assertion }), {
    status: 202,
  }),
);
