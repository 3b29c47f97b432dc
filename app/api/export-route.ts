import { z } from 'zod';
import { route } from '#app/api/api-route.ts';
import type { RouteHandler } from '#app/api/route-definition.ts';
import { streamed } from '#app/api/streamed.ts';
import { type ExportType, exportDefinitions, exportFormats, exportMedia, exportRows } from '#lib/audit/export-rows.ts';
import { now } from '#lib/kernel/clock.ts';
import { readFilter } from '#lib/kernel/db/list-request.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { filterParameterCharsMax, filterParameters } from '#lib/model/filter.ts';

/** An export of everything a list's filter finds, under the list's own filter names, streamed while it is read. */
export function exportRoute(type: ExportType): RouteHandler {
  const { permission, filters } = exportDefinitions[type];
  const fields = filterParameters(filters).map(({ name, description }) => [
    name,
    z.string().max(filterParameterCharsMax).optional().describe(description),
  ]);
  return route({
    method: 'GET',
    path: `/api/v1/export/${type}`,
    summary: `Everything a filter of ${type} finds, as one stream`,
    tag: 'export',
    permission,
    query: z.strictObject({
      ...(Object.fromEntries(fields) as Record<string, z.ZodOptional<z.ZodString>>),
      format: z
        .enum(type === 'events' ? exportFormats : ['ndjson', 'csv'])
        .optional()
        .describe('ndjson unless told'),
    }),
    answers: {
      200: {
        description: 'The rows, latest first. A stream that breaks off is incomplete; ask again.',
        contentType: exportMedia.ndjson.contentType,
      },
    },
  })(async ({ request, actor, database, query }) => {
    const format = exportFormats.find((one) => one === query.format) ?? 'ndjson';
    const { filter, problems } = readFilter(new URL(request.url).searchParams, filters, actor);
    if (problems.length > 0)
      throw new Refusal(
        'bad_request',
        'The filter is not right, so nothing was exported. Correct what is named here.',
        { problems },
      );
    const pieces = await exportRows(database, actor, { type, format, filter });
    const { contentType, extension } = exportMedia[format];
    const day = now().toISOString().slice(0, 10);
    return new Response(streamed(pieces), {
      headers: {
        'Content-Type': contentType,
        'Content-Disposition': `attachment; filename="gatehouse-${type}-${day}.${extension}"`,
      },
    });
  });
}
