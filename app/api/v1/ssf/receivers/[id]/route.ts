import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { pushSet } from '#lib/events/sources/push-set.ts';
import { places } from '#lib/kernel/geo/places.ts';
import { SetRefused, setErrors, setLimits } from '#lib/providers/ssf/verify-set.ts';

/** The receiving end of a Shared Signals stream, push delivery (RFC 8935). The token in the body is the proof. */
export const POST = route({
  method: 'POST',
  path: '/api/v1/ssf/receivers/{id}',
  summary: 'Deliver one security event token; acknowledged once it is durable',
  tag: 'ssf',
  permission: 'own-proof',
  pool: 'ingest',
  params: idParams,
  stream: {
    contentTypes: ['application/secevent+jwt'],
    // A little more than a token may have, so that what is too large is refused in the words of RFC 8935.
    bytesMax: 16 * setLimits.bytesMax,
    description: 'One signed token of the type secevent+jwt, in compact form.',
  },
  answers: {
    202: { description: 'The token is stored. Sending it again is acknowledged again and stores nothing twice.' },
    400: {
      description: 'The token is not taken (RFC 8935 section 2.3).',
      body: z.object({ err: z.enum(setErrors), description: z.string() }),
    },
  },
})(async ({ request, database, params }) => {
  try {
    await pushSet({ database, findPlace: places().find }, params.id, request);
    return new Response(null, { status: 202 });
  } catch (error) {
    if (!(error instanceof SetRefused)) throw error;
    return json({ err: error.err, description: error.message }, { status: 400, headers: { 'Content-Language': 'en' } });
  }
});
