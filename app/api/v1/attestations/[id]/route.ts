import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { attest, attestationShape } from '#lib/recovery/attest.ts';

export const POST = route({
  method: 'POST',
  path: '/api/v1/attestations/{id}',
  summary: 'Attest, with your own passkey, that it is the person; or say that it is not',
  tag: 'attestations',
  permission: 'operator',
  params: idParams,
  body: attestationShape,
  answers: { 200: { description: 'Answered.' } },
})(async ({ actor, database, params, body, session }) => {
  if (!session) throw new Refusal('forbidden', 'Only people attest.');
  await attest(database, actor, session.id, params.id, body);
  return json({ answered: true });
});
