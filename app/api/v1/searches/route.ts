import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { listSearches, saveSearch } from '#lib/events/saved-searches.ts';
import { execute } from '#lib/kernel/command.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/searches',
  summary: 'Saved searches: your own and those shared in the tenant',
  tag: 'searches',
  permission: 'operator',
  answers: {
    200: {
      description: 'All of them, by list and name.',
      body: z.object({ data: z.array(z.record(z.string(), z.unknown())) }),
    },
  },
})(async ({ actor, database }) =>
  json({ data: await database.inTenant(actor.tenantId, (tx) => listSearches(tx, actor)) }),
);

export const POST = route({
  method: 'POST',
  path: '/api/v1/searches',
  summary: 'Keep a filter under a name; the same name again is written over',
  tag: 'searches',
  permission: 'operator',
  body: saveSearch.input,
  answers: { 200: { description: 'Kept.', body: z.object({ id: z.string() }) } },
})(async ({ actor, database, body }) => json(await execute(database, saveSearch, actor, body)));
