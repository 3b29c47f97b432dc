import { newSecret } from '#lib/kernel/ids.ts';
import type { ProofDefinition } from '#lib/recovery/proofs/proof-definition.ts';

const proofMinutes = 60;

/** An authenticator that is left: the provider asks for it on its own page and signs that it saw it, for this case alone. */
export const remainingAuthenticator: ProofDefinition = {
  kind: 'remaining-authenticator',
  name: 'Authenticator that is left',
  explanation: 'The person uses it at their provider, which signs that it saw it. The case page leads there.',
  triesMax: 10,
  async unavailable(_tx, { provider }) {
    return provider ? null : 'The provider of this person has no interface for it, or is not connected.';
  },
  async ask() {
    return {
      method: 'otp',
      about: 'at the provider',
      minutes: proofMinutes,
      askedOf: null,
      // The nonce of the assertion: the person's page gets it wrapped, the database keeps its hash.
      secret: newSecret(),
      isSent: false,
    };
  },
};
