import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { readBreakGlass, removeBreakGlass, sealBreakGlass } from '#lib/staff/break-glass.ts';

const about = { path: '/api/v1/break-glass', tag: 'break-glass' } as const;

export const GET = route({
  ...about,
  method: 'GET',
  summary: 'The break-glass account: sealed, open or used; never its code',
  permission: 'staff:read',
  answers: { 200: { description: 'What is known of it.' } },
})(async ({ actor, database }) =>
  json(await database.inTenant(actor.tenantId, (tx) => readBreakGlass(tx, actor.tenantId))),
);

export const POST = route({
  ...about,
  method: 'POST',
  summary: 'Seal the break-glass account; both halves of its code are shown once',
  permission: 'staff:manage',
  stepUp: true,
  body: sealBreakGlass.input,
  answers: {
    201: {
      description: 'The halves, this once; each belongs to one of two people.',
      body: z.object({ halves: z.array(z.string()), holders: z.array(z.string()) }),
    },
  },
})(async ({ actor, database, body }) => json(await execute(database, sealBreakGlass, actor, body), { status: 201 }));

export const DELETE = route({
  ...about,
  method: 'DELETE',
  summary: 'Remove the break-glass account, unless it is the last way in',
  permission: 'staff:manage',
  stepUp: true,
  answers: { 200: { description: 'Removed.' } },
})(async ({ actor, database }) => json(await execute(database, removeBreakGlass, actor, {})));
