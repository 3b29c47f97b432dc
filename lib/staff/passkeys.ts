import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server';
import { z } from 'zod';
import type { Database } from '#lib/kernel/db/database.ts';
import { equalBytes } from '#lib/kernel/ids.ts';
import { type ChallengePurpose, issueChallenge, takeChallenge } from '#lib/staff/challenges.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { base64url, bytesOf, readClientData, userHandleOf } from '#lib/staff/webauthn-forms.ts';

const assertionShape = z.looseObject({
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  response: z.looseObject({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish(),
  }),
});

/** Why a proof was refused, for the audit; the person is told the same sentence for all of them. */
export type ProofFailure = {
  ok: false;
  why:
    | 'malformed'
    | 'challenge'
    | 'unknown_passkey'
    | 'disabled'
    | 'wrong_user'
    | 'signature'
    | 'counter'
    | 'backup_state';
  operatorId: string | null;
};

/** A proof that held, with the signed bytes, so that what it approved can be verified again by anybody who has the public key. */
export type Proof = {
  ok: true;
  operatorId: string;
  passkeyId: string;
  evidence: {
    credentialId: string;
    publicKey: Uint8Array<ArrayBuffer>;
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
  };
};

/**
 * Options for an assertion, user verification required. Without `operatorId` any passkey of this desk serves (username-less
 * sign-in); with it only that operator's own. `challenge` (32 bytes) makes the signature cover a digest; else it is random.
 */
export async function assertionOptions(
  database: Database,
  input: {
    purpose: ChallengePurpose;
    boundTo: string;
    subject?: string;
    operatorId?: string;
    challenge?: Uint8Array;
  },
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return database.outsideTenants(async (tx) => {
    const { challenge } = await issueChallenge(tx, input);
    const own = input.operatorId
      ? await tx.passkey.findMany({ where: { operatorId: input.operatorId }, select: { credentialId: true } })
      : null;
    return generateAuthenticationOptions({
      rpID: relyingParty().id,
      challenge: new Uint8Array(challenge),
      userVerification: 'required',
      timeout: 60_000,
      ...(own
        ? {
            allowCredentials: own.map(({ credentialId }) => ({ id: Buffer.from(credentialId).toString('base64url') })),
          }
        : {}),
    });
  });
}

/**
 * Judges a passkey assertion (Web Authentication Level 3, section 7.2): challenge ours, unused, for this purpose and of this
 * browser or session; origin and relying party exact, not from a frame of another site; user present and verified; signature
 * right; the credential the named user's; its counter not behind and its backup eligibility unchanged. The challenge is used up
 * whatever the outcome. Never throws for what the client sent.
 */
export async function verifyAssertion(
  database: Database,
  input: { purpose: ChallengePurpose; boundTo: string; subject?: string; operatorId?: string; response: unknown },
): Promise<Proof | ProofFailure> {
  const read = readAssertion(input.response);
  if (!read) return { ok: false, why: 'malformed', operatorId: null };
  const taken = await database.outsideTenants((tx) => takeChallenge(tx, { ...input, challenge: read.challenge }));
  if (!taken) return { ok: false, why: 'challenge', operatorId: null };
  const { response } = read;
  return database.outsideTenants(async (tx) => {
    const passkey = await tx.passkey.findUnique({
      where: { credentialId: bytesOf(response.id) },
      include: { operator: true },
    });
    if (!passkey) return { ok: false, why: 'unknown_passkey', operatorId: input.operatorId ?? null };
    const fail = (why: ProofFailure['why']): ProofFailure => ({ ok: false, why, operatorId: passkey.operatorId });
    if (passkey.operator.disabledAt) return fail('disabled');
    // A discoverable credential names its user; one asked for by id need not, but then we asked for a certain person.
    const { userHandle } = response.response;
    const named = userHandle ? equalBytes(bytesOf(userHandle), userHandleOf(passkey.operatorId)) : !!input.operatorId;
    if (!named || (input.operatorId && input.operatorId !== passkey.operatorId)) return fail('wrong_user');
    const judged = await judgeAssertion(read, passkey);
    if (typeof judged === 'string') return fail(judged);
    // Compare-and-set: of two assertions with one counter value, one wins.
    const moved = await tx.$executeRaw`
      UPDATE passkeys SET counter = ${judged.newCounter}, last_used_at = clock_timestamp()
      WHERE id = ${passkey.id}::uuid AND counter = ${passkey.counter}`;
    if (moved === 0) return fail('counter');
    const { clientDataJSON, authenticatorData, signature } = response.response;
    return {
      ok: true,
      operatorId: passkey.operatorId,
      passkeyId: passkey.id,
      evidence: {
        credentialId: response.id,
        publicKey: new Uint8Array(passkey.publicKey),
        clientDataJSON,
        authenticatorData,
        signature,
      },
    };
  });
}

/** An assertion that has the form of one, before anything of it is believed. */
export type ReadAssertion = { response: AuthenticationResponseJSON; challenge: string; crossOrigin: boolean };

/** Reads what a client sent; `null` when it is no assertion at all. */
export function readAssertion(raw: unknown): ReadAssertion | null {
  const parsed = assertionShape.safeParse(raw);
  const clientData = parsed.success ? readClientData(parsed.data.response.clientDataJSON) : null;
  if (!parsed.success || clientData === null) return null;
  return { response: parsed.data as unknown as AuthenticationResponseJSON, ...clientData };
}

/**
 * Judges an assertion against the credential it names, its challenge taken already: origin, relying party, user verification,
 * signature, counter, backup eligibility (Web Authentication Level 3, section 7.2). @returns the new counter, or why not
 */
export async function judgeAssertion(
  { response, challenge, crossOrigin }: ReadAssertion,
  credential: { publicKey: Uint8Array; counter: bigint; deviceType: string },
): Promise<{ newCounter: bigint } | 'signature' | 'counter' | 'backup_state'> {
  if (crossOrigin) return 'signature';
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: relyingParty().origin,
    expectedRPID: relyingParty().id,
    requireUserVerification: true,
    credential: {
      id: response.id,
      publicKey: new Uint8Array(credential.publicKey),
      counter: Number(credential.counter),
    },
  }).catch((error: unknown) => (/counter/i.test(String(error)) ? 'counter' : 'signature'));
  if (verified === 'counter' || verified === 'signature') return verified;
  if (typeof verified === 'string' || !verified.verified) return 'signature';
  const { newCounter, credentialDeviceType } = verified.authenticationInfo;
  return credentialDeviceType === credential.deviceType ? { newCounter: BigInt(newCounter) } : 'backup_state';
}
