import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { rotationView } from '#lib/keys/rotation-view.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/keys/rotations/{id}',
  summary: 'One key rotation: its timetable, where it stands, its ledger',
  tag: 'keys',
  permission: 'keys:read',
  params: idParams,
  background: true,
  answers: { 200: { description: 'The rotation.', body: z.record(z.string(), z.unknown()) } },
})(async ({ actor, database, params }) =>
  json(await database.inTenant(actor.tenantId, (tx) => rotationView(tx, actor.tenantId, params.id))),
);
