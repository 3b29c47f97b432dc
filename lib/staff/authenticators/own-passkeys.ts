import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { defineCommand, execute, requireStepUp } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { closeEnrolment, requireEnoughLeft } from '#lib/staff/authenticators/enrolment-minimum.ts';
import { tellOfChange } from '#lib/staff/authenticators/tell-operator.ts';
import type { DeskSession } from '#lib/staff/desk-sessions.ts';
import { requireAdministratorsLeft } from '#lib/staff/last-administrators.ts';
import { addPasskey, type NewPasskey, registrationOptions, verifyRegistration } from '#lib/staff/new-passkey.ts';
import { passkeyMeets, policyOfOperator } from '#lib/staff/role-policies.ts';

type Current = { actor: Actor; session: DeskSession };
const passkeysMax = 20;
/** How long after a recovery code a new passkey may be registered with it. */
const recoveryMinutes = 15;

const keepPasskey = defineCommand({
  action: 'user_authenticator_added',
  permission: 'operator',
  input: z.strictObject({ name: z.string().trim().min(1).max(100), passkey: z.custom<NewPasskey>() }),
  async run({ tx, actor, input: { name, passkey } }) {
    const policy = await policyOfOperator(tx, actor.tenantId, actor.id);
    if (!passkeyMeets(policy, passkey))
      throw new Refusal(
        'conflict',
        'Your role asks for a hardware key whose passkey cannot be copied to another device; this one can, or its model is not on the list. Nothing was added.',
      );
    if ((await tx.passkey.count({ where: { operatorId: actor.id } })) >= passkeysMax)
      throw new Refusal('conflict', `${passkeysMax} passkeys are the most. Remove one first. Nothing was added.`);
    if (await tx.passkey.findUnique({ where: { credentialId: passkey.credentialId } }))
      throw new Refusal('conflict', 'This passkey is registered already. Nothing was added.');
    const id = await addPasskey(tx, actor.id, name, passkey);
    const completed = await closeEnrolment(tx, actor.id);
    await tellOfChange(tx, actor, { kind: 'factor_added', what: `a passkey was added (${name})` });
    return {
      result: { id, completed },
      audit: {
        target: { type: 'passkey', id },
        detail: { name, kind: passkey.deviceType, aaguid: passkey.aaguid, enrolment_completed: completed },
      },
    };
  },
});

/** Options for one more passkey of the operator themselves; the challenge serves this session. */
export async function ownPasskeyOptions(
  database: Database,
  current: Current,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  await requireRightToAdd(database, current);
  const { session } = current;
  return registrationOptions(database, {
    purpose: 'new-passkey',
    boundTo: session.id,
    subject: session.operatorId,
    operatorId: session.operatorId,
    email: session.email,
    displayName: session.displayName,
  });
}

/**
 * Adds one more passkey after a proof with one of those there are, or with a recovery code just used. All addresses are told.
 * @throws Refusal `step_up_required`, `invalid_input`, `conflict`
 */
export async function addOwnPasskey(
  database: Database,
  current: Current,
  input: { name: string; response: unknown },
): Promise<{ id: string; completed: boolean }> {
  await requireRightToAdd(database, current);
  const passkey = await verifyRegistration(database, {
    purpose: 'new-passkey',
    boundTo: current.session.id,
    subject: current.session.operatorId,
    response: input.response,
  });
  if (!passkey)
    throw new Refusal('invalid_input', 'Your device did not make a passkey that fits. Try again. Nothing was added.');
  return execute(database, keepPasskey, current.actor, { name: input.name, passkey });
}

/**
 * Removes one of the operator's own passkeys; it is refused from the next proof on, and every session last proved with it ends.
 * Never the last one, never below the minimum, never the last administrators'. @throws Refusal `not_found`, `conflict`
 */
export const removePasskey = defineCommand({
  action: 'user_authenticator_removed',
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({ passkeyId: z.uuid() }),
  async run({ tx, actor, input: { passkeyId } }) {
    const passkey = await tx.passkey.findFirst({
      where: { id: passkeyId, operatorId: actor.id },
      select: { name: true },
    });
    if (!passkey) throw new Refusal('not_found', 'You have no such passkey any more. Nothing was removed.');
    await tx.$executeRaw`DELETE FROM passkeys WHERE id = ${passkeyId}::uuid AND operator_id = ${actor.id}::uuid`.catch(
      requireAdministratorsLeft,
    );
    await requireEnoughLeft(tx, actor.id);
    const ended = await tx.$executeRaw`
      UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = 'its passkey was removed'
      WHERE operator_id = ${actor.id}::uuid AND passkey_id = ${passkeyId}::uuid AND ended_at IS NULL`;
    await tellOfChange(tx, actor, { kind: 'factor_removed', what: `a passkey was removed (${passkey.name})` });
    return {
      result: { sessionsEnded: ended },
      audit: { target: { type: 'passkey', id: passkeyId }, detail: { name: passkey.name, sessions_ended: ended } },
    };
  },
});

async function requireRightToAdd(database: Database, { actor, session }: Current): Promise<void> {
  // Whoever came by a recovery code has lost the passkeys that step-up would ask for; the code itself is the fresh proof.
  if (session.way === 'recovery' && session.provedAgeSeconds <= recoveryMinutes * 60) return;
  await requireStepUp(database, actor, 'add a passkey');
}
