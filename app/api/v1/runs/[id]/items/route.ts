import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { listItems, readRun } from '#lib/execution/read-run.ts';
import { itemStates } from '#lib/model/operations.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/runs/{id}/items',
  summary: 'The items of a run, in their order',
  tag: 'runs',
  permission: 'proposals:read',
  params: idParams,
  background: true,
  query: z.strictObject({
    after: z.coerce.number().int().min(0).max(2_000_000).default(0).describe('`next` of the page before'),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
    state: z.enum(itemStates).optional(),
  }),
  answers: {
    200: {
      description: 'A page.',
      body: z.object({ data: z.array(z.record(z.string(), z.unknown())), next: z.number().nullable() }),
    },
  },
})(async ({ actor, database, params, query }) => {
  const page = await database.inTenant(actor.tenantId, async (tx) => {
    await readRun(tx, actor, params.id);
    return listItems(tx, actor.tenantId, params.id, query);
  });
  return json({ data: page.rows, next: page.next });
});
