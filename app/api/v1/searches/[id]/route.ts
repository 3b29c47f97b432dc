import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { deleteSearch } from '#lib/events/saved-searches.ts';
import { execute } from '#lib/kernel/command.ts';

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/searches/{id}',
  summary: 'Take away a saved search of your own',
  tag: 'searches',
  permission: 'operator',
  params: idParams,
  answers: { 200: { description: 'Gone.' } },
})(async ({ actor, database, params }) => json(await execute(database, deleteSearch, actor, params)));
