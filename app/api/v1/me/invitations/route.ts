import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { acceptInvitation } from '#lib/staff/accept-invitation.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/invitations',
  summary: 'Accept an invitation with the account you have',
  tag: 'me',
  permission: 'operator',
  stepUp: true,
  body: z.strictObject({ token: z.string().max(100) }),
  answers: { 200: { description: 'Accepted: the roles are yours in the inviting tenant.' } },
})(async (context) => {
  const { actor, session } = currentOf(context);
  return json(await acceptInvitation(context.database, { actor, email: session.email }, context.body.token));
});
