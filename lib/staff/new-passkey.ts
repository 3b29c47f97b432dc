import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type RegistrationResponseJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { z } from 'zod';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { issueChallenge, takeChallenge } from '#lib/staff/challenges.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { base64url, bytesOf, passkeyAlgorithms, readClientData, userHandleOf } from '#lib/staff/webauthn-forms.ts';

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

type Binding = { purpose: 'enrolment' | 'new-passkey' | 'break-glass-key'; boundTo: string; subject: string };

/**
 * Options for a new passkey of an operator: discoverable, user verification required, none of those already there. `roaming`: a
 * key that is carried about, none built into this device.
 */
export async function registrationOptions(
  database: Database,
  input: Binding & { operatorId: string; email: string; displayName: string; roaming?: boolean },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return database.outsideTenants(async (tx) => {
    const { challenge } = await issueChallenge(tx, input);
    const existing = await tx.passkey.findMany({
      where: { operatorId: input.operatorId },
      select: { credentialId: true },
    });
    return generateRegistrationOptions({
      rpName: relyingParty().name,
      rpID: relyingParty().id,
      userName: input.email,
      userDisplayName: input.displayName,
      userID: userHandleOf(input.operatorId),
      challenge: new Uint8Array(challenge),
      timeout: 120_000,
      attestationType: 'none',
      excludeCredentials: existing.map(({ credentialId }) => ({ id: Buffer.from(credentialId).toString('base64url') })),
      authenticatorSelection: {
        residentKey: 'required',
        requireResidentKey: true,
        userVerification: 'required',
        ...(input.roaming ? { authenticatorAttachment: 'cross-platform' } : {}),
      },
      supportedAlgorithmIDs: passkeyAlgorithms,
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

/** Judges a registration (Web Authentication Level 3, section 7.1). `null` when anything does not fit; the challenge is used up. */
export async function verifyRegistration(
  database: Database,
  input: Binding & { response: unknown },
): Promise<NewPasskey | null> {
  const parsed = attestationShape.safeParse(input.response);
  const clientData = parsed.success ? readClientData(parsed.data.response.clientDataJSON) : null;
  if (!parsed.success || clientData === null) return null;
  const { challenge } = clientData;
  const taken = await database.outsideTenants((tx) => takeChallenge(tx, { ...input, challenge }));
  if (!taken || clientData.crossOrigin) return null;
  const verified = await verifyRegistrationResponse({
    response: parsed.data as unknown as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: relyingParty().origin,
    expectedRPID: relyingParty().id,
    requireUserPresence: true,
    requireUserVerification: true,
    supportedAlgorithmIDs: passkeyAlgorithms,
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
