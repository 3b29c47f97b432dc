import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { ingestLimits } from '#lib/events/ingest-request.ts';
import { revokeHook } from '#lib/events/sources/manage-providers.ts';
import { openHook, takeDelivery, verifyHook } from '#lib/events/sources/take-hook.ts';
import { execute } from '#lib/kernel/command.ts';
import { places } from '#lib/kernel/geo/places.ts';

const about = { path: '/api/v1/hooks/{id}', tag: 'ingest', params: idParams } as const;
const count = z.number().int();

/** Okta's one-time verification: the challenge of its header comes back. */
export const GET = route({
  ...about,
  method: 'GET',
  summary: "Answer Okta's one-time verification of an event hook",
  permission: 'own-proof',
  answers: { 200: { description: 'The challenge.', body: z.object({ verification: z.string() }) } },
})(async ({ request, database, params }) => {
  const hook = await openHook(database, params.id, request.headers);
  const challenge = request.headers.get('x-okta-verification-challenge');
  return json({ verification: await verifyHook(database, hook, challenge) });
});

/** A delivery of an Okta event hook or an Auth0 log stream. The Authorization value is the proof. */
export const POST = route({
  ...about,
  method: 'POST',
  summary: 'Deliver records through a provider hook',
  permission: 'own-proof',
  pool: 'ingest',
  stream: {
    contentTypes: ['application/json', 'application/x-ndjson'],
    bytesMax: ingestLimits.bodyBytesMax,
    description:
      'What the provider sends: an Okta event hook body, or Auth0 log entries as an object, an array or lines.',
  },
  answers: {
    200: {
      description: 'The rows are durable.',
      body: z.object({ received: count, stored: count, duplicate: count, quarantined: count }),
    },
  },
})(async ({ request, database, params }) => {
  const hook = await openHook(database, params.id, request.headers);
  const { summary, received } = await takeDelivery(database, hook, request, places().find);
  const { stored, duplicate, quarantined } = summary;
  return json({ received, stored, duplicate, quarantined });
});

export const DELETE = route({
  ...about,
  method: 'DELETE',
  summary: 'Close a provider hook',
  permission: 'providers:manage',
  answers: { 200: { description: 'Done.', body: z.object({ id: z.string() }) } },
})(async ({ database, actor, params }) => json(await execute(database, revokeHook, actor, params)));
