import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { findAnything } from '#lib/events/find-anything.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/search',
  summary: 'People, sessions and addresses by a few characters',
  tag: 'search',
  permission: 'operator',
  query: z.strictObject({ q: z.string().max(200).describe('a name, e-mail, subject, session id or address') }),
  answers: {
    200: {
      description: 'What was found, of the kinds you may see.',
      body: z.object({
        data: z.array(
          z.object({
            kind: z.enum(['person', 'session', 'device', 'address']),
            id: z.string(),
            label: z.string(),
            note: z.string(),
            href: z.string(),
          }),
        ),
      }),
    },
  },
})(async ({ actor, database, query }) =>
  json({
    data: await database.inTenant(actor.tenantId, (tx) => findAnything(tx, actor.tenantId, query.q, actor.permissions)),
  }),
);
