import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { readSignal } from '#lib/signals/read-signal.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/signals/{id}',
  summary: 'One signal with everything an analyst decides on',
  tag: 'signals',
  permission: 'signals:read',
  params: idParams,
  answers: {
    200: { description: 'The signal, its events, devices, timeline and related signals.', body: z.looseObject({}) },
  },
})(async ({ actor, database, params }) => {
  const found = await database.inTenant(actor.tenantId, (tx) => readSignal(tx, actor.tenantId, params.id));
  if (!found) throw new Refusal('not_found', 'There is no such signal.');
  return json(found);
});
