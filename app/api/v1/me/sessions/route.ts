import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { endOwnSessions, listDeskSessions } from '#lib/staff/own-sessions.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/me/sessions',
  summary: 'Your own living sessions at the desk',
  tag: 'me',
  permission: 'operator',
  answers: { 200: { description: 'Latest seen first.', body: z.object({ data: z.array(z.looseObject({})) }) } },
})(async ({ actor, database }) => {
  const { tenantId, id } = actor;
  const data = await database.outsideTenants((tx) => listDeskSessions(tx, { tenantId, operatorId: id }));
  return json({ data });
});

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/me/sessions',
  summary: 'End one of your own sessions, or all others',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  body: endOwnSessions.input,
  answers: { 200: { description: 'Ended, on every instance at once.' } },
})(async ({ actor, database, body }) => json(await execute(database, endOwnSessions, actor, body)));
