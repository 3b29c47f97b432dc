import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { revokeSession } from '#lib/revocation/order-revocation.ts';
import { revocationOfSession } from '#lib/revocation/revocation-of-session.ts';

const about = { path: '/api/v1/sessions/{id}/revocation', tag: 'sessions', params: idParams } as const;

/** The worker carries the order out; GET tells how far it is. */
export const POST = route({
  ...about,
  method: 'POST',
  summary: 'Order the revocation of one session',
  permission: 'revocations:propose',
  idempotent: true,
  body: revokeSession.input.omit({ sessionId: true }),
  answers: { 202: { description: 'Ordered, not yet done.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, revokeSession, actor, { ...body, sessionId: params.id }), { status: 202 }),
);

export const GET = route({
  ...about,
  method: 'GET',
  summary: 'How far the revocation of a session is',
  permission: 'revocations:read',
  background: true,
  answers: {
    200: {
      description: 'Null while none was ordered.',
      body: z.object({ revocation: z.record(z.string(), z.unknown()).nullable() }),
    },
  },
})(async ({ actor, database, params }) =>
  json({
    revocation: await database.inTenant(actor.tenantId, (tx) => revocationOfSession(tx, actor.tenantId, params.id)),
  }),
);
