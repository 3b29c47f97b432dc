import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { addOwnPasskey } from '#lib/staff/authenticators/own-passkeys.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/passkeys',
  summary: 'Add a passkey of your own',
  tag: 'me',
  permission: 'operator',
  body: z.strictObject({ name: z.string().trim().min(1).max(100), response: z.looseObject({}) }),
  answers: { 201: { description: 'Added; all your addresses are told.' } },
})(async (context) => json(await addOwnPasskey(context.database, currentOf(context), context.body), { status: 201 }));
