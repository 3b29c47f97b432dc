import { route } from '#app/api/api-route.ts';
import { streamedFile } from '#app/api/streamed.ts';
import { auditBundle } from '#lib/audit/bundle.ts';
import { now } from '#lib/kernel/clock.ts';
import { requirePermission } from '#lib/kernel/command.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/audit/bundle',
  summary:
    'The whole audit chain with its signed checkpoints; `gatehouse audit verify FILE` checks it without a database',
  tag: 'audit',
  permission: 'audit:read',
  answers: { 200: { description: 'The bundle, to keep elsewhere.', contentType: 'application/x-ndjson' } },
})(async ({ actor, database }) => {
  // Signed as it is, as a receipt: without its addresses it would prove nothing.
  await requirePermission(database, actor, 'people:read-addresses', 'bundle of the audit');
  return streamedFile(auditBundle(database, actor), {
    name: `gatehouse-audit-bundle-${now().toISOString().slice(0, 10)}.ndjson`,
    contentType: 'application/x-ndjson',
  });
});
