import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { stepUpMinutes } from '#lib/kernel/command.ts';
import { cookieOf, sessionCookie, setCookie } from '#lib/staff/cookies.ts';
import { deskSessionLimits } from '#lib/staff/desk-sessions.ts';
import { proveStepUp } from '#lib/staff/step-up.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/step-up',
  summary: 'Prove with a passkey that it is still you',
  tag: 'me',
  permission: 'operator',
  background: true,
  body: z.strictObject({ response: z.looseObject({}) }),
  answers: {
    200: {
      description: 'Proved. The session has a new token in its cookie; the old one is dead.',
      body: z.object({ stepUpSecondsLeft: z.number() }),
    },
  },
})(async (context) => {
  const token = await proveStepUp(context.database, currentOf(context), {
    token: cookieOf(context.request.headers.get('cookie'), sessionCookie) ?? '',
    response: context.body.response,
  });
  const headers = { 'Set-Cookie': setCookie(sessionCookie, token, deskSessionLimits.absoluteHours * 3600) };
  return json({ stepUpSecondsLeft: stepUpMinutes * 60 }, { headers });
});
