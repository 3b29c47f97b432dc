import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { listOwnAuthenticators } from '#lib/staff/authenticators/list-own.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/me/authenticators',
  summary: 'What you can sign in with',
  tag: 'me',
  permission: 'operator',
  answers: { 200: { description: 'Names and dates, never a secret.', body: z.record(z.string(), z.unknown()) } },
})(async ({ actor, database }) => json(await database.outsideTenants((tx) => listOwnAuthenticators(tx, actor.id))));
