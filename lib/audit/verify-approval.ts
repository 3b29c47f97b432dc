import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import { signingChallenge } from '#lib/approvals/payload.ts';
import type { ReceiptApproval } from '#lib/audit/receipt.ts';

/**
 * Whether a kept signature is one over exactly this proposal by this passkey, with the user verified (Web Authentication Level 3,
 * section 7.2), computed from the receipt alone. `null` when it is, else what does not fit.
 */
export async function whyApprovalDoesNotHold(
  approval: ReceiptApproval,
  proposal: { kind: string; digest: string; nonce: string },
): Promise<string | null> {
  const challenge = signingChallenge({
    kind: proposal.kind,
    digest: Buffer.from(proposal.digest, 'hex'),
    nonce: Buffer.from(proposal.nonce, 'hex'),
    approver: approval.operator,
  }).toString('base64url');
  if (approval.challenge !== challenge) return `the signature of ${approval.label} is not over this proposal`;
  const verified = await verifyAuthenticationResponse({
    response: {
      id: approval.credentialId,
      rawId: approval.credentialId,
      type: 'public-key',
      response: {
        clientDataJSON: approval.clientData,
        authenticatorData: approval.authenticatorData,
        signature: approval.signature,
      },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: approval.origin,
    expectedRPID: approval.relyingParty,
    requireUserVerification: true,
    credential: {
      id: approval.credentialId,
      publicKey: new Uint8Array(Buffer.from(approval.publicKey, 'base64url')),
      counter: 0,
    },
  }).catch(() => null);
  return verified?.verified ? null : `the signature of ${approval.label} does not verify`;
}
