import type { ProofKind } from '#lib/model/recovery.ts';
import { addressCode } from '#lib/recovery/proofs/address-code.ts';
import { managerAttestation } from '#lib/recovery/proofs/manager-attestation.ts';
import type { ProofDefinition } from '#lib/recovery/proofs/proof-definition.ts';
import { remainingAuthenticator } from '#lib/recovery/proofs/remaining-authenticator.ts';

/** Every way to prove who somebody is, one line each. */
export const proofs: Readonly<Record<ProofKind, ProofDefinition>> = {
  'address-code': addressCode,
  'remaining-authenticator': remainingAuthenticator,
  'manager-attestation': managerAttestation,
};
