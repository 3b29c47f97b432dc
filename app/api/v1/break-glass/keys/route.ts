import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { giveBreakGlassKey } from '#lib/staff/break-glass-keys.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/break-glass/keys',
  summary: 'Give the break-glass account a hardware key; it opens nothing before somebody else admits it',
  tag: 'break-glass',
  permission: 'staff:manage',
  stepUp: true,
  body: z.strictObject({ name: z.string().trim().min(2).max(100), response: z.unknown() }),
  answers: { 201: { description: 'Given; it waits for a second person.', body: z.object({ id: z.uuid() }) } },
})(async (context) =>
  json(await giveBreakGlassKey(context.database, currentOf(context), context.body), { status: 201 }),
);
