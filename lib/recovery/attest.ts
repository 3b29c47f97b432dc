import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { equalBytes, sha256 } from '#lib/kernel/ids.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import { passProof } from '#lib/recovery/judge-proof.ts';
import { assertionOptions, verifyAssertion } from '#lib/staff/passkeys.ts';
import { readClientData } from '#lib/staff/webauthn-forms.ts';

export const attestationShape = z.strictObject({
  answer: z.enum(['it-was-them', 'it-was-not']),
  how: z.string().trim().min(3, 'Say how you spoke to them.').max(300),
  response: z.unknown().optional(),
});

export type WaitingAttestation = {
  id: string;
  number: string;
  personName: string;
  personEmail: string | null;
  askedBy: string;
  askedAt: string;
  expiresAt: string;
};

/** What a manager is asked to attest, oldest first. Nothing of the case but whom it is about. */
export function attestationsFor(database: Database, actor: Actor): Promise<WaitingAttestation[]> {
  return database.inTenant(actor.tenantId, async (tx) => {
    const rows = await tx.$queryRaw<
      (Omit<WaitingAttestation, 'askedAt' | 'expiresAt'> & { askedAt: Date; expiresAt: Date })[]
    >`
      SELECT f.id::text, c.number, COALESCE(p.display_name, p.email, p.subject) AS "personName", p.email AS "personEmail",
        COALESCE((SELECT o.display_name FROM operators o WHERE o.id = f.asked_by), 'the help desk') AS "askedBy",
        f.asked_at AS "askedAt", f.expires_at AS "expiresAt"
      FROM recovery_proofs f JOIN recovery_cases c ON c.tenant_id = f.tenant_id AND c.id = f.case_id
      JOIN people p ON p.tenant_id = c.tenant_id AND p.id = c.person_id
      WHERE f.tenant_id = ${actor.tenantId}::uuid AND f.asked_of = ${actor.id}::uuid AND f.state = 'asked' AND f.expires_at > clock_timestamp() AND c.state = 'open'
      ORDER BY f.asked_at LIMIT 50`;
    return rows.map((row) => ({ ...row, askedAt: row.askedAt.toISOString(), expiresAt: row.expiresAt.toISOString() }));
  });
}

/** What the manager's passkey signs: this proof, this case's person, and the words how they spoke. */
function challengeOf(proofId: string, operatorId: string, how: string): Buffer {
  return sha256(`gatehouse-attestation\n${proofId}\n${operatorId}\n${how}`);
}

/** Options for signing an attestation with the manager's own passkey. @throws Refusal `not_found` */
export async function attestationOptions(
  database: Database,
  actor: Actor,
  sessionId: string,
  proofId: string,
  how: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  await requireAsked(database, actor, proofId);
  return assertionOptions(database, {
    purpose: 'attestation',
    boundTo: sessionId,
    subject: proofId,
    operatorId: actor.id,
    challenge: challengeOf(proofId, actor.id, how),
  });
}

/**
 * The manager answers: yes, signed by their own passkey over how they spoke to the person; or no, which ends the case's hope for
 * this proof and is told to the help desk. @throws Refusal `not_found`, `forbidden`, `conflict`
 */
export async function attest(
  database: Database,
  actor: Actor,
  sessionId: string,
  proofId: string,
  input: z.output<typeof attestationShape>,
): Promise<void> {
  const { caseId } = await requireAsked(database, actor, proofId);
  const { tenantId } = actor;
  if (input.answer === 'it-was-not') {
    await database.inTenant(tenantId, async (tx) => {
      const failed = await tx.$executeRaw`
        UPDATE recovery_proofs SET state = 'failed' WHERE tenant_id = ${tenantId}::uuid AND id = ${proofId}::uuid AND state = 'asked'`;
      if (failed === 0) throw new Refusal('conflict', 'This was answered already. Nothing was changed.');
      await noteCase(tx, tenantId, caseId, actor.label, `Says that it was not the person: ${input.how}`);
      await appendAudit(tx, actor, {
        action: 'recovery_attestation_denied',
        outcome: 'success',
        target: { type: 'recovery_case', id: caseId },
        reason: input.how,
        detail: { proof: proofId },
      });
    });
    return;
  }
  const proof = await verifyAssertion(database, {
    purpose: 'attestation',
    boundTo: sessionId,
    subject: proofId,
    operatorId: actor.id,
    response: input.response,
  });
  const signed = proof.ok ? readClientData(proof.evidence.clientDataJSON)?.challenge : undefined;
  const isOfThis =
    signed !== undefined && equalBytes(Buffer.from(signed, 'base64url'), challengeOf(proofId, actor.id, input.how));
  if (!proof.ok || !isOfThis)
    throw new Refusal('forbidden', 'Your passkey did not sign this attestation. Try again; nothing was changed.');
  await database.inTenant(tenantId, async (tx) => {
    const { evidence, passkeyId } = proof;
    const passed = await passProof(tx, tenantId, { id: proofId, caseId, kind: 'manager-attestation' }, null, {
      operator: actor.id,
      how: input.how,
      passkey: passkeyId,
      client_data: evidence.clientDataJSON,
      authenticator_data: evidence.authenticatorData,
      signature: evidence.signature,
    });
    if (!passed) throw new Refusal('conflict', 'This was answered already, or is too old. Nothing was changed.');
    await noteCase(tx, tenantId, caseId, actor.label, `Attests that it is the person: ${input.how}`);
  });
}

/**
 * Only whom it was asked of, while it is asked, and never its person or who works on the case by now, through whichever account.
 * @throws Refusal `not_found`, `forbidden`
 */
async function requireAsked(database: Database, actor: Actor, proofId: string): Promise<{ caseId: string }> {
  const [row] = await database.inTenant(
    actor.tenantId,
    (tx) => tx.$queryRaw<{ caseId: string; may: boolean }[]>`
      SELECT f.case_id::text AS "caseId", gatehouse_may_attest(f.tenant_id, f.case_id, f.asked_by, f.asked_of) AS may FROM recovery_proofs f
      WHERE f.tenant_id = ${actor.tenantId}::uuid AND f.id = ${proofId}::uuid AND f.kind = 'manager-attestation' AND f.asked_of = ${actor.id}::uuid
        AND f.state = 'asked' AND f.expires_at > clock_timestamp()`,
  );
  if (!row) throw new Refusal('not_found', 'Nothing of this is asked of you, or it was answered already.');
  if (!row.may)
    throw new Refusal('forbidden', 'You work on this case yourself, or it is about you, so you cannot attest it.');
  return { caseId: row.caseId };
}
