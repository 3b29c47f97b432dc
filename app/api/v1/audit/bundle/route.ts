import { route } from '#app/api/api-route.ts';
import { streamed } from '#app/api/streamed.ts';
import { auditBundle } from '#lib/audit/bundle.ts';
import { now } from '#lib/kernel/clock.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/audit/bundle',
  summary:
    'The whole audit chain with its signed checkpoints; `gatehouse audit verify FILE` checks it without a database',
  tag: 'audit',
  permission: 'audit:read',
  answers: { 200: { description: 'The bundle, to keep elsewhere.', contentType: 'application/x-ndjson' } },
})(async ({ actor, database }) => {
  const pieces = auditBundle(database, actor);
  // The first piece is read here, so that a refusal is an answer of its own and not a broken download.
  const first = await pieces.next();
  async function* whole() {
    if (!first.done) yield first.value;
    yield* pieces;
  }
  return new Response(streamed(whole()), {
    headers: {
      'Content-Type': 'application/x-ndjson',
      'Content-Disposition': `attachment; filename="gatehouse-audit-bundle-${now().toISOString().slice(0, 10)}.ndjson"`,
      'Cache-Control': 'no-store',
    },
  });
});
