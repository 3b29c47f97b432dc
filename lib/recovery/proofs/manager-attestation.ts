import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { ProofDefinition } from '#lib/recovery/proofs/proof-definition.ts';
import { queueNotice } from '#lib/staff/outbox/queue-notice.ts';

const attestationMinutes = 24 * 60;

/** The manager says who it is, with their own passkey: somebody with an account here who neither works on the case nor is in it. */
export const managerAttestation: ProofDefinition = {
  kind: 'manager-attestation',
  name: 'Manager’s attestation',
  explanation:
    'The manager gets a link, signs in with their own passkey and signs that they saw or spoke to the person.',
  triesMax: 3,
  async unavailable() {
    return null;
  },
  async ask(tx, { of, actor, wanted }) {
    const email = (wanted ?? '').trim().toLowerCase();
    const [manager] = await tx.$queryRaw<
      { id: string; email: string; works: boolean; themself: boolean; keys: number }[]
    >`
      SELECT o.id::text, o.email, NOT gatehouse_may_attest(${of.tenantId}::uuid, ${of.id}::uuid, ${actor.id}::uuid, o.id) AS works,
        gatehouse_operator_is_person(${of.tenantId}::uuid, o.id, ${of.personId}::uuid) AS themself,
        (SELECT count(*)::int FROM passkeys k WHERE k.operator_id = o.id) AS keys
      FROM operators o WHERE lower(o.email) = ${email} AND o.disabled_at IS NULL
        AND EXISTS (SELECT 1 FROM operator_roles r WHERE r.operator_id = o.id AND r.tenant_id = ${of.tenantId}::uuid)`;
    if (!manager)
      throw new Refusal(
        'not_found',
        'There is no such person at this desk. A manager needs an account here to sign with.',
      );
    if (manager.themself) throw new Refusal('forbidden', 'That is the person themself. Name their manager.');
    if (manager.works)
      throw new Refusal(
        'forbidden',
        'Nobody attests a case that they work on, with whichever account. Name the manager.',
      );
    if (manager.keys === 0) throw new Refusal('conflict', 'This manager has no passkey yet, so they could not sign.');
    await queueNotice(tx, {
      tenantId: of.tenantId,
      to: manager.email,
      kind: 'recovery',
      operatorId: manager.id,
      subject: `Do you know that ${of.personName} asked for help? (${of.number})`,
      text: `${of.personName} cannot sign in and asked the help desk for a new authenticator (${of.number}).\n\nSpeak to them in person or on a call that you started. Only then sign here, with your passkey:\n${readEnv().GATEHOUSE_URL}/recovery/attestations\n\nIf it was not them, say so there. Nothing happens until you sign, and this link serves for a day.`,
    });
    return {
      method: 'attestation',
      about: manager.email,
      minutes: attestationMinutes,
      askedOf: manager.id,
      secret: null,
      isSent: false,
    };
  },
};
