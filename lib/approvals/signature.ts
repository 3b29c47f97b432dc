import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { signingChallenge } from '#lib/approvals/payload.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { equalBytes } from '#lib/kernel/ids.ts';
import { assertionOptions, type Proof, verifyAssertion } from '#lib/staff/passkeys.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { bytesOf, readClientData } from '#lib/staff/webauthn-forms.ts';

/** Who signs, and in which session of the desk. */
export type Signer = { operatorId: string; sessionId: string };
type Signable = { id: string; kind: string; payloadDigest: Uint8Array; nonce: Uint8Array };

/** What is kept of a signature: enough for anybody to verify it later without this desk. */
export type Signature = {
  passkeyId: string;
  credentialId: Uint8Array<ArrayBuffer>;
  publicKey: Uint8Array<ArrayBuffer>;
  relyingParty: string;
  origin: string;
  challenge: Uint8Array<ArrayBuffer>;
  clientData: Uint8Array<ArrayBuffer>;
  authenticatorData: Uint8Array<ArrayBuffer>;
  signature: Uint8Array<ArrayBuffer>;
};

/** Options for signing this proposal, within five minutes and in this session, with one of the operator's own passkeys. */
export function signingOptions(
  database: Database,
  signer: Signer,
  proposal: Signable,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return assertionOptions(database, {
    purpose: 'approval',
    boundTo: signer.sessionId,
    subject: proposal.id,
    operatorId: signer.operatorId,
    challenge: challengeOf(signer.operatorId, proposal),
  });
}

/** Judges the assertion by itself: ours, unused, of this session, of the operator's own passkey. @throws Refusal `forbidden` */
export async function proveSignature(
  database: Database,
  signer: Signer,
  proposalId: string,
  response: unknown,
): Promise<Proof> {
  const proof = await verifyAssertion(database, {
    purpose: 'approval',
    boundTo: signer.sessionId,
    subject: proposalId,
    operatorId: signer.operatorId,
    response,
  });
  if (!proof.ok) throw notOfThis();
  return proof;
}

/** What is kept of a proof, once it is seen to be over exactly this proposal as it stands now. @throws Refusal `forbidden` */
export function signatureOver(proof: Proof, proposal: Signable): Signature {
  const { evidence } = proof;
  const challenge = challengeOf(proof.operatorId, proposal);
  const signed = readClientData(evidence.clientDataJSON)?.challenge;
  if (signed === undefined || !equalBytes(bytesOf(signed), challenge)) throw notOfThis();
  const { id, origin } = relyingParty();
  return {
    passkeyId: proof.passkeyId,
    credentialId: bytesOf(evidence.credentialId),
    publicKey: evidence.publicKey,
    relyingParty: id,
    origin,
    challenge: new Uint8Array(challenge),
    clientData: bytesOf(evidence.clientDataJSON),
    authenticatorData: bytesOf(evidence.authenticatorData),
    signature: bytesOf(evidence.signature),
  };
}

function challengeOf(operatorId: string, proposal: Signable): Buffer {
  return signingChallenge({
    kind: proposal.kind,
    digest: proposal.payloadDigest,
    nonce: proposal.nonce,
    approver: operatorId,
  });
}

function notOfThis(): Refusal {
  return new Refusal(
    'forbidden',
    'The signature does not fit this proposal and your passkeys. Nothing was signed; load the page again and sign once more.',
  );
}
