import { generateKeyPairSync, sign } from 'node:crypto';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { Tx } from '#lib/kernel/db/database.ts';
import { newId, sha256 } from '#lib/kernel/ids.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { userHandleOf } from '#lib/staff/webauthn-forms.ts';

/** A passkey in software, for tests and benchmarks: signs what a browser's authenticator would (ES256, user verified). */
export type SoftPasskey = {
  sign(options: Pick<PublicKeyCredentialRequestOptionsJSON, 'challenge'>): {
    id: string;
    rawId: string;
    type: 'public-key';
    response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle: string };
    clientExtensionResults: Record<string, never>;
  };
};

/** Makes a passkey and registers it for an operator, as an enrolment would have done. */
export async function registerSoftPasskey(tx: Tx, operatorId: string): Promise<SoftPasskey> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const part = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  // COSE_Key (RFC 9053 section 7.1.1): {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
  const cose = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    part(jwk.x),
    Buffer.from('225820', 'hex'),
    part(jwk.y),
  ]);
  const credentialId = sha256(newId());
  await tx.passkey.create({
    data: {
      id: newId(),
      operatorId,
      credentialId: new Uint8Array(credentialId),
      publicKey: new Uint8Array(cose),
      counter: 0n,
      transports: ['internal'],
      deviceType: 'singleDevice',
      backedUp: false,
      aaguid: '00000000-0000-0000-0000-000000000000',
      name: 'Passkey in software',
    },
  });
  let counter = 0;
  return {
    sign({ challenge }) {
      counter += 1;
      const { id, origin } = relyingParty();
      const clientData = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false }));
      const authenticatorData = Buffer.alloc(37);
      sha256(id).copy(authenticatorData);
      authenticatorData.writeUInt8(0x05, 32);
      authenticatorData.writeUInt32BE(counter, 33);
      const signature = sign('sha256', Buffer.concat([authenticatorData, sha256(clientData)]), privateKey);
      const name = credentialId.toString('base64url');
      return {
        id: name,
        rawId: name,
        type: 'public-key',
        response: {
          clientDataJSON: clientData.toString('base64url'),
          authenticatorData: authenticatorData.toString('base64url'),
          signature: signature.toString('base64url'),
          userHandle: Buffer.from(userHandleOf(operatorId)).toString('base64url'),
        },
        clientExtensionResults: {},
      };
    },
  };
}
