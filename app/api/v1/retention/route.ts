import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { readRetention } from '#lib/events/read-retention.ts';
import { setRetention } from '#lib/events/retention.ts';
import { execute } from '#lib/kernel/command.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/retention',
  summary: 'How long events are kept, and the legal holds that keep some longer',
  tag: 'retention',
  permission: 'policies:manage',
  answers: {
    200: {
      description: 'Every rule; the holds in force, then the latest released ones.',
      body: z.object({
        rules: z.array(z.record(z.string(), z.unknown())),
        holds: z.array(z.record(z.string(), z.unknown())),
        months: z.object({ oldest: z.string(), newest: z.string() }).nullable(),
      }),
    },
  },
})(async ({ actor, database }) =>
  json(await database.inTenant(actor.tenantId, (tx) => readRetention(tx, actor.tenantId))),
);

export const PUT = route({
  method: 'PUT',
  path: '/api/v1/retention',
  summary: 'Set how long events of a type are kept; null days keeps them for ever',
  tag: 'retention',
  permission: 'policies:manage',
  stepUp: true,
  body: setRetention.input,
  answers: { 200: { description: 'Set. What is over goes with the next hourly run.' } },
})(async ({ actor, database, body }) => json(await execute(database, setRetention, actor, body)));
