'use client';

import { type PublicKeyCredentialRequestOptionsJSON, startAuthentication } from '@simplewebauthn/browser';
import { type Called, callDesk } from '#components/desk/call-desk.ts';

/**
 * Signs a proposal with a passkey of one's own: the challenge is the hash of what the page shows. Never throws: what went wrong
 * comes back in words.
 */
export async function signProposal(id: string): Promise<Called<unknown>> {
  const options = await callDesk<PublicKeyCredentialRequestOptionsJSON>(
    'POST',
    `/api/v1/proposals/${id}/signing-options`,
  );
  if (!options.ok) return options;
  try {
    return { ok: true, answer: await startAuthentication({ optionsJSON: options.answer }) };
  } catch {
    return {
      ok: false,
      code: 'not_signed',
      message: 'The passkey did not sign, so nothing was done. Try again, or use another passkey of yours.',
    };
  }
}
