import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { ingestLimits, ingestRequest } from '#lib/events/ingest-request.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { places } from '#lib/kernel/geo/places.ts';

const count = z.number().int();

/** The ingest door. It has a connection pool of its own and reads the body as it comes. */
export const POST = route({
  method: 'POST',
  path: '/api/v1/ingest/{provider}',
  summary: "Send a provider's records; answers once they are durable",
  tag: 'ingest',
  permission: 'events:write',
  pool: 'ingest',
  params: z.strictObject({ provider: z.string().max(64) }),
  stream: {
    contentTypes: ['application/json', 'application/x-ndjson'],
    bytesMax: ingestLimits.bodyBytesMax,
    description: 'One record, an array of records or NDJSON; gzip accepted.',
  },
  answers: {
    200: {
      description: 'The rows are durable. Sending the same again stores nothing twice.',
      body: z.object({
        received: count,
        stored: count,
        duplicate: count,
        quarantined: count,
        items: z.array(z.object({ index: count, error: z.string() })),
      }),
    },
  },
})(async ({ request, actor, database, params, tokenProvider }) => {
  const { provider: slug } = params;
  if (tokenProvider && tokenProvider !== slug)
    throw new Refusal('forbidden', `This token may only send events of ${tokenProvider}.`);
  const { summary, received } = await ingestRequest({ database, actor, slug, request, findPlace: places().find });
  const { stored, duplicate, quarantined, problems } = summary;
  const items = problems.map(({ index, code, message }) => ({ index, error: `${code}: ${message}` }));
  return json({ received, stored, duplicate, quarantined, items });
});
