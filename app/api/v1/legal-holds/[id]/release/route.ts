import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { releaseHold } from '#lib/events/retention.ts';
import { execute } from '#lib/kernel/command.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/legal-holds/{id}/release',
  summary: 'Release a legal hold; what it kept may go from then on',
  tag: 'retention',
  permission: 'policies:manage',
  stepUp: true,
  params: idParams,
  answers: { 200: { description: 'Released.' } },
})(async ({ actor, database, params }) => json(await execute(database, releaseHold, actor, params)));
