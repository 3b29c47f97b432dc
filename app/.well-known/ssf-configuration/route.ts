import { json } from '#app/api/answer.ts';
import { readEnv } from '#lib/kernel/env.ts';

export const dynamic = 'force-dynamic';

/**
 * What this desk says of itself to Shared Signals partners (SSF 1.0 section 7). It receives: by push at the address of a stream that
 * an administrator made, or by polling. It transmits no stream of its own, so there is no endpoint to make one at.
 */
export function GET(): Response {
  const { GATEHOUSE_URL } = readEnv();
  return json({
    spec_version: '1_0',
    issuer: GATEHOUSE_URL,
    jwks_uri: `${GATEHOUSE_URL}/.well-known/jwks.json`,
    delivery_methods_supported: ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'],
    default_subjects: 'NONE',
    authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6750' }],
  });
}
