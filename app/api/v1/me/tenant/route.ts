import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { currentOf } from '#app/api/v1/me/current-of.ts';
import { cookieOf, sessionCookie, setCookie } from '#lib/staff/cookies.ts';
import { deskSessionLimits } from '#lib/staff/desk-sessions.ts';
import { switchTenant, tenantsOf } from '#lib/staff/tenants.ts';

const about = { path: '/api/v1/me/tenant', tag: 'me', permission: 'operator' } as const;

export const GET = route({
  ...about,
  method: 'GET',
  summary: 'The tenants you may work in',
  answers: { 200: { description: 'With your roles in each.', body: z.object({ data: z.array(z.unknown()) }) } },
})(async ({ actor, database }) => json({ data: await tenantsOf(database, actor.id, actor.tenantId) }));

export const POST = route({
  ...about,
  method: 'POST',
  summary: 'Go on working in another tenant: the same person with other rights',
  body: z.strictObject({ tenantId: z.uuid() }),
  answers: { 200: { description: 'The session has a new token in its cookie; the old one is dead.' } },
})(async (context) => {
  const token = await switchTenant(context.database, currentOf(context), {
    tenantId: context.body.tenantId,
    oldToken: cookieOf(context.request.headers.get('cookie'), sessionCookie) ?? '',
  });
  const headers = { 'Set-Cookie': setCookie(sessionCookie, token, deskSessionLimits.absoluteHours * 3600) };
  return json({ tenantId: context.body.tenantId }, { headers });
});
