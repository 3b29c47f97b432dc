import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { readSignable } from '#lib/approvals/read-proposal.ts';
import { signingOptions } from '#lib/approvals/signature.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/** The challenge is the hash of the proposal's kind, digest, nonce and the operator: what is signed is what is shown. */
export const POST = route({
  method: 'POST',
  path: '/api/v1/proposals/{id}/signing-options',
  summary: 'Options for signing a proposal with your passkey; they hold for five minutes and in this session',
  tag: 'proposals',
  permission: 'proposals:read',
  params: idParams,
  answers: { 200: { description: 'WebAuthn request options.', body: z.record(z.string(), z.unknown()) } },
})(async ({ actor, database, params, session }) => {
  if (!session) throw new Refusal('forbidden', 'Only people sign. A token can propose.');
  const signable = await database.inTenant(actor.tenantId, (tx) => readSignable(tx, actor, params.id));
  return json(await signingOptions(database, { operatorId: actor.id, sessionId: session.id }, signable));
});
