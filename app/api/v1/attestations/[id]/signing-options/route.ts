import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { attestationOptions, attestationShape } from '#lib/recovery/attest.ts';

/** What the passkey signs covers the proof, the manager and their words: they cannot be put under anything else. */
export const POST = route({
  method: 'POST',
  path: '/api/v1/attestations/{id}/signing-options',
  summary: 'Options for signing an attestation with your passkey',
  tag: 'attestations',
  permission: 'operator',
  params: idParams,
  body: attestationShape.pick({ how: true }),
  answers: { 200: { description: 'WebAuthn request options.', body: z.record(z.string(), z.unknown()) } },
})(async ({ actor, database, params, body, session }) => {
  if (!session) throw new Refusal('forbidden', 'Only people attest.');
  return json(await attestationOptions(database, actor, session.id, params.id, body.how));
});
