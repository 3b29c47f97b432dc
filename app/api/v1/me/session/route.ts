import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { csrfTokenOf } from '#lib/staff/csrf.ts';
import { sessionClock, sessionClockShape } from '#lib/staff/session-clock.ts';

const answers = {
  200: { description: 'How long the session lives, in seconds by the database clock.', body: sessionClockShape },
};

export const GET = route({
  method: 'GET',
  path: '/api/v1/me/session',
  summary: 'How long your own session and your last passkey proof still count',
  tag: 'me',
  permission: 'operator',
  background: true,
  answers,
})(async (context) => {
  const { session } = currentOf(context);
  return json({ ...sessionClock(session), csrf: csrfTokenOf(session) });
});

export const POST = route({
  method: 'POST',
  path: '/api/v1/me/session',
  summary: 'Stay signed in: what a person did, so the idle limit starts anew',
  tag: 'me',
  permission: 'operator',
  answers,
})(async (context) => {
  const { session } = currentOf(context);
  return json({ ...sessionClock(session), csrf: csrfTokenOf(session) });
});
