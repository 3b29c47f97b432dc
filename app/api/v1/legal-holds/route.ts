import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { placeHold } from '#lib/events/retention.ts';
import { execute } from '#lib/kernel/command.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/legal-holds',
  summary: 'Keep a person’s events, or without a person all of them, out of reach of retention and erasure',
  tag: 'retention',
  permission: 'policies:manage',
  body: placeHold.input,
  answers: { 200: { description: 'In force from now on.', body: z.object({ id: z.string() }) } },
})(async ({ actor, database, body }) => json(await execute(database, placeHold, actor, body)));
