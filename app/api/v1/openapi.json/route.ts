import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { openApi } from '#app/api/openapi.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';

/** This interface, described: every route there is, from its own declaration. */
export const GET = route({
  method: 'GET',
  path: '/api/v1/openapi.json',
  summary: 'This description',
  tag: 'description',
  permission: 'public',
  answers: { 200: { description: 'OpenAPI 3.1', body: z.record(z.string(), z.unknown()) } },
})(async () => {
  // The list names this route too, so it is asked for once everything is loaded.
  const { routes } = await import('#app/api/v1/routes.ts');
  return json(
    openApi(
      routes.map(({ definition }) => definition),
      relyingParty().origin,
    ),
  );
});
