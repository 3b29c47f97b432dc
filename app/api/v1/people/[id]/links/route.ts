import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { linkPeople, readLinks, unlinkPerson } from '#lib/events/linked-people.ts';
import { execute } from '#lib/kernel/command.ts';

const about = { path: '/api/v1/people/{id}/links', tag: 'people', params: idParams } as const;
const account = z.record(z.string(), z.unknown());

export const GET = route({
  ...about,
  method: 'GET',
  summary: 'The other accounts of the same person, and those with the same e-mail address that nobody linked',
  permission: 'people:read',
  answers: {
    200: {
      description: 'None of both for an unknown person.',
      body: z.object({ linked: z.array(account), suggested: z.array(account) }),
    },
  },
})(async ({ actor, database, params }) =>
  json(await database.inTenant(actor.tenantId, (tx) => readLinks(tx, actor.tenantId, params.id))),
);

export const POST = route({
  ...about,
  method: 'POST',
  summary: 'Say that another account is the same person’s',
  permission: 'policies:manage',
  body: linkPeople.input.omit({ personId: true }),
  answers: {
    200: {
      description: 'Linked; so many accounts are the person’s now.',
      body: z.object({ otherId: z.string(), accounts: z.number().int() }),
    },
    409: { description: 'Linked already, or several accounts are called that. Nothing was changed.' },
  },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, linkPeople, actor, { ...body, personId: params.id })),
);

export const DELETE = route({
  ...about,
  method: 'DELETE',
  summary: 'Take the account apart from the others of its person',
  permission: 'policies:manage',
  body: unlinkPerson.input.omit({ personId: true }),
  answers: {
    200: { description: 'Linked to no other any more.' },
    409: { description: 'It was linked to none. Nothing was changed.' },
  },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, unlinkPerson, actor, { ...body, personId: params.id })),
);
