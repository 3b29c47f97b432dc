import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { countFailure } from '#lib/staff/attempts.ts';
import { type DeskSession, renewDeskSession } from '#lib/staff/desk-sessions.ts';
import { assertionOptions, verifyAssertion } from '#lib/staff/passkeys.ts';

type Current = { actor: Actor; session: DeskSession };

/** Options for proving with one of the operator's own passkeys that it is still them; the challenge serves this session alone. */
export function stepUpOptions(
  database: Database,
  { session }: Current,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return assertionOptions(database, { purpose: 'step-up', boundTo: session.id, operatorId: session.operatorId });
}

/**
 * Judges the proof, renews the session's token and starts the freshness window of `stepUpMinutes` by the database's clock.
 * A failed proof is audited and changes nothing. @returns the new token @throws Refusal `forbidden`, `not_signed_in`
 */
export async function proveStepUp(
  database: Database,
  current: Current,
  input: { token: string; response: unknown },
): Promise<string> {
  const { actor, session } = current;
  const proof = await verifyAssertion(database, {
    purpose: 'step-up',
    boundTo: session.id,
    operatorId: session.operatorId,
    response: input.response,
  });
  if (!proof.ok) {
    await countFailure(database, { purpose: 'step-up', account: null, ip: actor.ip, tenantId: actor.tenantId });
    await database.inTenant(actor.tenantId, (tx) =>
      appendAudit(tx, actor, {
        action: 'authn_login_fail',
        outcome: 'failure',
        target: { type: 'desk_session', id: session.id },
        detail: { purpose: 'step-up', why: proof.why },
      }),
    );
    throw new Refusal(
      'forbidden',
      'That passkey did not confirm it. Use a passkey you registered with this desk. Nothing was changed.',
    );
  }
  return database.inTenant(actor.tenantId, async (tx) => {
    const token = await renewDeskSession(tx, { id: session.id, oldToken: input.token, passkeyId: proof.passkeyId });
    if (!token) throw new Refusal('not_signed_in', 'Your session ended meanwhile. Sign in again. Nothing was changed.');
    await appendAudit(tx, actor, {
      action: 'session_renewed',
      outcome: 'success',
      target: { type: 'desk_session', id: session.id },
      reason: 'step-up with a passkey',
    });
    return token;
  });
}
