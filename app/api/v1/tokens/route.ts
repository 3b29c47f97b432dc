import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { listRoute } from '#app/api/list-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { tokenFilter } from '#lib/model/filters/token-filter.ts';
import { listTokens } from '#lib/staff/list-tokens.ts';
import { createServiceToken } from '#lib/staff/service-tokens.ts';

export const GET = listRoute(
  {
    path: '/api/v1/tokens',
    summary: 'Service tokens; never the tokens themselves',
    permission: 'tokens:manage',
    filters: tokenFilter,
  },
  listTokens,
);

export const POST = route({
  method: 'POST',
  path: '/api/v1/tokens',
  summary: 'Make a service token; it is shown once',
  tag: 'tokens',
  permission: 'tokens:manage',
  stepUp: true,
  body: createServiceToken.input,
  answers: {
    201: {
      description: 'The token, this once; the desk keeps its hash.',
      body: z.object({ id: z.string(), token: z.string() }),
    },
  },
})(async ({ actor, database, body }) =>
  json(await execute(database, createServiceToken, actor, body), { status: 201 }),
);
