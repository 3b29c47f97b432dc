import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { accountsOfPerson, linkOtherAccount } from '#lib/staff/one-person.ts';

const about = { path: '/api/v1/me/accounts', tag: 'me', permission: 'operator' } as const;

export const GET = route({
  ...about,
  method: 'GET',
  summary: 'Your other accounts in this tenant: what counts as the same person as you',
  answers: { 200: { description: 'Few.', body: z.object({ data: z.array(z.unknown()) }) } },
})(async ({ actor, database }) =>
  json({ data: await database.inTenant(actor.tenantId, (tx) => accountsOfPerson(tx, actor.tenantId, actor.id)) }),
);

export const POST = route({
  ...about,
  method: 'POST',
  summary: 'Link another account of yours, proved by one of its passkeys: the two count as one person',
  stepUp: true,
  body: z.strictObject({ response: z.unknown() }),
  answers: { 201: { description: 'Linked; both accounts are told.', body: z.object({ email: z.string() }) } },
})(async (context) =>
  json(await linkOtherAccount(context.database, currentOf(context), context.body.response), { status: 201 }),
);
