import { randomBytes } from 'node:crypto';
import type { Tx } from '#lib/kernel/db/database.ts';
import { newId, sha256 } from '#lib/kernel/ids.ts';

/** What an assertion or a registration is for; one made for one purpose serves no other. */
export type ChallengePurpose =
  | 'sign-in'
  | 'second-factor'
  | 'enrolment'
  | 'new-passkey'
  | 'step-up'
  | 'approval'
  | 'attestation'
  | 'break-glass-key'
  | 'break-glass'
  | 'same-person';

/**
 * A new WebAuthn challenge: 256 random bits kept by the server for five minutes, bound to its purpose, to `boundTo` (the secret
 * of this browser's cookie, or the id of the desk session) and to a subject such as an enrolment or a proposal. `challenge` is
 * given where the signature has to cover something: the digest of what is approved. (Web Authentication Level 3, section 13.4.3.)
 */
export async function issueChallenge(
  tx: Tx,
  input: { purpose: ChallengePurpose; boundTo: string; subject?: string; challenge?: Uint8Array },
): Promise<{ id: string; challenge: Buffer }> {
  const id = newId();
  const challenge = input.challenge ? Buffer.from(input.challenge) : randomBytes(32);
  await tx.$executeRaw`DELETE FROM challenges WHERE expires_at < clock_timestamp()`;
  await tx.$executeRaw`
    INSERT INTO challenges (id, purpose, challenge, browser_hash, subject, expires_at)
    VALUES (${id}::uuid, ${input.purpose}, ${new Uint8Array(challenge)}, ${new Uint8Array(sha256(input.boundTo))}, ${input.subject ?? null}, clock_timestamp() + interval '5 minutes')`;
  return { id, challenge };
}

/**
 * Takes a challenge out: it is deleted when read, whatever becomes of the answer, so it serves once under any number of
 * parallel tries. Call it in a transaction of its own that commits before the answer is judged.
 * @returns `null` for an unknown, used, expired, foreign or differently purposed challenge
 */
export async function takeChallenge(
  tx: Tx,
  input: { purpose: ChallengePurpose; boundTo: string; challenge: string; subject?: string },
): Promise<boolean> {
  const bytes = Buffer.from(input.challenge, 'base64url');
  const taken = await tx.$executeRaw`
    DELETE FROM challenges WHERE challenge = ${new Uint8Array(bytes)} AND purpose = ${input.purpose}
      AND browser_hash = ${new Uint8Array(sha256(input.boundTo))} AND subject IS NOT DISTINCT FROM ${input.subject ?? null}
      AND expires_at > clock_timestamp()`;
  return taken > 0;
}
