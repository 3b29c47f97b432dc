import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { enrolmentLink, enrolmentMinutes, inviteOperator } from '#lib/staff/invite.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/operators/invitations',
  summary: 'Invite somebody to the staff; the link is shown once',
  tag: 'operators',
  permission: 'staff:manage',
  stepUp: true,
  body: inviteOperator.input,
  answers: {
    201: {
      description: 'The link serves once, for an hour, for this e-mail and these roles.',
      body: z.object({ email: z.string(), link: z.string(), minutes: z.number() }),
    },
  },
})(async ({ actor, database, body }) => {
  const { email, token } = await execute(database, inviteOperator, actor, body);
  return json({ email, link: enrolmentLink(relyingParty().origin, token), minutes: enrolmentMinutes }, { status: 201 });
});
