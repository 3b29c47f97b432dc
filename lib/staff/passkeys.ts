import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { z } from 'zod';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { equalBytes, newId } from '#lib/kernel/ids.ts';
import { issueChallenge, takeChallenge } from '#lib/staff/challenges.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';

/** EdDSA, ES256, RS256 (COSE algorithm numbers). */
const algorithms = [-8, -7, -257];
const base64url = z
  .string()
  .max(16_384)
  .regex(/^[A-Za-z0-9_-]*$/);
const clientDataShape = z.object({ challenge: base64url });
const assertionShape = z.looseObject({
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  response: z.looseObject({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.optional(),
  }),
});
const attestationShape = z.looseObject({
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  response: z.looseObject({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(32)).max(10).optional(),
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

/** Options for a username-less sign-in: any passkey of this desk, user verification required. */
export async function signInOptions(
  database: Database,
  browser: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { challenge } = await database.outsideTenants((tx) => issueChallenge(tx, { purpose: 'sign-in', browser }));
  return generateAuthenticationOptions({
    rpID: relyingParty().id,
    challenge: new Uint8Array(challenge),
    userVerification: 'required',
    timeout: 60_000,
  });
}

/**
 * Judges a passkey assertion (Web Authentication Level 3, section 7.2): challenge ours, unused and of this browser; origin and
 * relying party exact; user present and verified; signature right; the credential the named user's; its counter not behind and
 * its backup eligibility unchanged. The challenge is used up whatever the outcome.
 */
export async function verifySignIn(
  database: Database,
  input: { browser: string; response: unknown },
): Promise<{ ok: true; operatorId: string; passkeyId: string } | ProofFailure> {
  const parsed = assertionShape.safeParse(input.response);
  const challenge = parsed.success ? challengeOf(parsed.data.response.clientDataJSON) : null;
  if (!parsed.success || challenge === null) return { ok: false, why: 'malformed', operatorId: null };
  const response = parsed.data as unknown as AuthenticationResponseJSON;
  const taken = await database.outsideTenants((tx) =>
    takeChallenge(tx, { purpose: 'sign-in', browser: input.browser, challenge }),
  );
  if (!taken) return { ok: false, why: 'challenge', operatorId: null };
  return database.outsideTenants(async (tx) => {
    const passkey = await tx.passkey.findUnique({
      where: { credentialId: bytesOf(response.id) },
      include: { operator: true },
    });
    if (!passkey) return { ok: false, why: 'unknown_passkey', operatorId: null };
    const fail = (why: ProofFailure['why']): ProofFailure => ({ ok: false, why, operatorId: passkey.operatorId });
    if (passkey.operator.disabledAt) return fail('disabled');
    const { userHandle } = response.response;
    if (!userHandle || !equalBytes(bytesOf(userHandle), userHandleOf(passkey.operatorId))) return fail('wrong_user');
    const verified = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: relyingParty().origin,
      expectedRPID: relyingParty().id,
      requireUserVerification: true,
      credential: { id: response.id, publicKey: new Uint8Array(passkey.publicKey), counter: Number(passkey.counter) },
    }).catch((error: unknown) => (/counter/i.test(String(error)) ? 'counter' : 'signature'));
    if (verified === 'counter' || verified === 'signature') return fail(verified);
    if (typeof verified === 'string' || !verified.verified) return fail('signature');
    const { newCounter, credentialDeviceType } = verified.authenticationInfo;
    if (credentialDeviceType !== passkey.deviceType) return fail('backup_state');
    // Compare-and-set: of two assertions with one counter value, one wins.
    const moved = await tx.$executeRaw`
      UPDATE passkeys SET counter = ${BigInt(newCounter)}, last_used_at = clock_timestamp()
      WHERE id = ${passkey.id}::uuid AND counter = ${passkey.counter}`;
    return moved > 0 ? { ok: true, operatorId: passkey.operatorId, passkeyId: passkey.id } : fail('counter');
  });
}

/** Options for a new passkey of an operator: discoverable, user verification required, none of those already there. */
export async function enrolmentOptions(
  database: Database,
  input: { browser: string; enrolmentId: string; operatorId: string; email: string; displayName: string },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return database.outsideTenants(async (tx) => {
    const { challenge } = await issueChallenge(tx, {
      purpose: 'enrolment',
      browser: input.browser,
      subject: input.enrolmentId,
    });
    const existing = await tx.passkey.findMany({
      where: { operatorId: input.operatorId },
      select: { credentialId: true },
    });
    return generateRegistrationOptions({
      rpName: relyingParty().name,
      rpID: relyingParty().id,
      userName: input.email,
      userDisplayName: input.displayName,
      userID: new Uint8Array(userHandleOf(input.operatorId)),
      challenge: new Uint8Array(challenge),
      timeout: 120_000,
      attestationType: 'none',
      excludeCredentials: existing.map(({ credentialId }) => ({ id: Buffer.from(credentialId).toString('base64url') })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      supportedAlgorithmIDs: algorithms,
    });
  });
}

export type NewPasskey = {
  credentialId: Uint8Array<ArrayBuffer>;
  publicKey: Uint8Array<ArrayBuffer>;
  counter: number;
  transports: string[];
  deviceType: string;
  backedUp: boolean;
  aaguid: string;
};

/** Judges a registration (Web Authentication Level 3, section 7.1) for one enrolment. `null` when anything does not fit. */
export async function verifyEnrolment(
  database: Database,
  input: { browser: string; enrolmentId: string; response: unknown },
): Promise<NewPasskey | null> {
  const parsed = attestationShape.safeParse(input.response);
  const challenge = parsed.success ? challengeOf(parsed.data.response.clientDataJSON) : null;
  if (!parsed.success || challenge === null) return null;
  const taken = await database.outsideTenants((tx) =>
    takeChallenge(tx, { purpose: 'enrolment', browser: input.browser, challenge, subject: input.enrolmentId }),
  );
  if (!taken) return null;
  const verified = await verifyRegistrationResponse({
    response: parsed.data as unknown as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: relyingParty().origin,
    expectedRPID: relyingParty().id,
    requireUserPresence: true,
    requireUserVerification: true,
    supportedAlgorithmIDs: algorithms,
  }).catch(() => null);
  if (!verified?.verified) return null;
  const { credential, credentialDeviceType, credentialBackedUp, aaguid } = verified.registrationInfo;
  return {
    credentialId: bytesOf(credential.id),
    publicKey: new Uint8Array(credential.publicKey),
    counter: credential.counter,
    transports: parsed.data.response.transports ?? [],
    deviceType: credentialDeviceType,
    backedUp: credentialBackedUp,
    aaguid,
  };
}

/** Stores a verified passkey. The credential id is unique across all operators; the database holds that. */
export async function addPasskey(tx: Tx, operatorId: string, name: string, passkey: NewPasskey): Promise<string> {
  const id = newId();
  await tx.passkey.create({ data: { id, operatorId, name, ...passkey, counter: BigInt(passkey.counter) } });
  return id;
}

function challengeOf(clientDataJSON: string): string | null {
  try {
    return clientDataShape.parse(JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8'))).challenge;
  } catch {
    return null;
  }
}

function userHandleOf(operatorId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(operatorId.replaceAll('-', ''), 'hex'));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
