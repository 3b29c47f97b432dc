import { idParams, route } from '#app/api/api-route.ts';
import { streamedFile } from '#app/api/streamed.ts';
import { issueReceipt } from '#lib/audit/receipt.ts';
import { requirePermission } from '#lib/kernel/command.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/runs/{id}/receipt',
  summary: 'The signed receipt of a run that has ended; `gatehouse receipt verify` checks it without a database',
  tag: 'runs',
  permission: 'proposals:read',
  params: idParams,
  answers: { 200: { description: 'The receipt, to keep.', contentType: 'application/json' } },
})(async ({ actor, database, params }) => {
  // A receipt is signed as it is: without its addresses it would prove nothing.
  await requirePermission(database, actor, 'people:read-addresses', 'receipt of a run');
  return streamedFile(issueReceipt(database, actor, params.id), {
    name: `gatehouse-receipt-${params.id}.json`,
    contentType: 'application/json',
  });
});
