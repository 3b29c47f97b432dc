import { z } from 'zod';
import { idParams, route } from '#app/api/api-route.ts';
import { takeRawRecord } from '#lib/events/take-record.ts';
import { eventTime } from '#lib/model/event-time.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/events/{id}/raw',
  summary: 'The record of one event, byte for byte as it came',
  tag: 'events',
  permission: 'events:read',
  params: idParams,
  query: z.strictObject({ at: eventTime.describe('When it happened: `occurredAt` of the event') }),
  answers: { 200: { description: 'The bytes.', contentType: 'application/octet-stream' } },
})(async ({ actor, database, params, query }) => {
  const raw = await takeRawRecord(database, actor, { id: params.id, at: query.at });
  return new Response(new Uint8Array(raw), {
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': `attachment; filename="gatehouse-event-${params.id}.json"`,
    },
  });
});
