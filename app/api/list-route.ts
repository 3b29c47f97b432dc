import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import type { RouteHandler } from '#app/api/route-definition.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { type ListRequest, readListRequest } from '#lib/kernel/db/list-request.ts';
import type { Page } from '#lib/kernel/db/listing.ts';
import { type FilterDeclaration, filterParameterCharsMax, filterParameters } from '#lib/model/filter.ts';
import type { Permission } from '#lib/model/permissions.ts';

/**
 * A list of the API: `{"data":[…],"next":"cursor"|null}`, with the screen's own filters under the same names. A filter it does not
 * know is refused: a misspelt one would silently answer with everything.
 */
export function listRoute<Row>(
  about: { path: `/api/v1/${string}`; summary: string; permission: Permission; filters: FilterDeclaration },
  list: (tx: Tx, tenantId: string, request: ListRequest, operatorId: string | null, actor: Actor) => Promise<Page<Row>>,
): RouteHandler {
  const fields = filterParameters(about.filters).map(({ name, description }) => [
    name,
    z.string().max(filterParameterCharsMax).optional().describe(description),
  ]);
  return route({
    method: 'GET',
    path: about.path,
    summary: about.summary,
    tag: about.path.split('/')[3] ?? 'lists',
    permission: about.permission,
    query: z.strictObject({
      ...(Object.fromEntries(fields) as Record<string, z.ZodOptional<z.ZodString>>),
      cursor: z.string().max(300).optional().describe('`next` of the page before'),
      limit: z
        .string()
        .regex(/^\d{1,3}$/, 'expected a number up to 200')
        .optional()
        .describe('rows a page, 50 unless told, 200 at most'),
    }),
    answers: {
      200: {
        description: 'One page, newest first.',
        body: z.object({
          data: z.array(z.record(z.string(), z.unknown())),
          next: z.string().nullable().describe('cursor of the next page; null on the last'),
        }),
      },
    },
  })(async ({ request, actor, database }) => {
    const query = {
      ...readListRequest(new URL(request.url).searchParams, about.filters, actor),
      uncounted: true as const,
    };
    const page = await database.inTenant(actor.tenantId, (tx) =>
      list(tx, actor.tenantId, query, actor.type === 'operator' ? actor.id : null, actor),
    );
    return json({ data: page.rows, next: page.next });
  });
}
