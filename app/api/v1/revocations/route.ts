import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { rehearsalInput, rehearseRevocation } from '#lib/revocation/rehearse.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/revocations',
  summary: 'Rehearse a revocation: freeze a scope, count it exactly, fix its digest. Nothing happens to any session',
  tag: 'revocations',
  idempotent: true,
  permission: 'revocations:propose',
  body: rehearsalInput,
  bodyBytesMax: 4 * 1024 * 1024,
  answers: {
    201: {
      description: 'The rehearsal. `frozen` false: a very large scope is still being frozen; look again.',
      body: z.object({ id: z.string(), frozen: z.boolean() }),
    },
  },
})(async ({ actor, database, body, repeatId }) =>
  json(await rehearseRevocation(database, actor, body, repeatId), { status: 201 }),
);
