import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { userHandleOf } from '#lib/staff/webauthn-forms.ts';

/** What an answer should have wrong with it; each is one of the checks of Web Authentication Level 3, section 7.2. */
export type Tampering = {
  type?: string;
  origin?: string;
  rpId?: string;
  challenge?: string;
  crossOrigin?: boolean;
  flags?: number;
  counter?: number;
  userHandle?: string | null;
  trailing?: Uint8Array;
  signWith?: KeyObject;
  flipSignature?: boolean;
};

const flag = { up: 0x01, uv: 0x04, be: 0x08, bs: 0x10, at: 0x40 };

/**
 * An authenticator in software, for tests: real keys, real signatures, and every field can be made wrong. It answers what
 * `registrationOptions` and `assertionOptions` ask.
 */
export class SoftAuthenticator {
  readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly credentialId = randomBytes(32);
  readonly synced: boolean;
  readonly aaguid: Buffer;
  counter = 0;
  constructor(options: { synced?: boolean; aaguid?: string } = {}) {
    this.synced = options.synced ?? false;
    this.aaguid = Buffer.from((options.aaguid ?? '00000000-0000-0000-0000-000000000000').replaceAll('-', ''), 'hex');
  }

  /** Answers navigator.credentials.create(). */
  register(options: { challenge: string }, tampering: Tampering = {}): Record<string, unknown> {
    const jwk = this.keys.publicKey.export({ format: 'jwk' });
    const cose = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(jwk.x ?? '')],
      [-3, bytes(jwk.y ?? '')],
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.credentialId.length);
    const attested = Buffer.concat([this.aaguid, length, this.credentialId, isoCBOR.encode(cose)]);
    const authData = this.authenticatorData({ ...tampering, flags: tampering.flags ?? this.flags | flag.at }, attested);
    const attestationObject = isoCBOR.encode(
      new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(authData)],
      ]) as Map<string, string>,
    );
    return this.credential({
      clientDataJSON: this.clientData('webauthn.create', options.challenge, tampering).toString('base64url'),
      attestationObject: Buffer.from(attestationObject).toString('base64url'),
      transports: ['internal'],
    });
  }

  /** Answers navigator.credentials.get() as this operator's credential. */
  assert(options: { challenge: string }, operatorId: string, tampering: Tampering = {}): Record<string, unknown> {
    this.counter += 1;
    const clientData = this.clientData('webauthn.get', options.challenge, tampering);
    const signed = this.authenticatorData(tampering);
    const hash = createHash('sha256').update(clientData).digest();
    const signature = sign('sha256', Buffer.concat([signed, hash]), tampering.signWith ?? this.keys.privateKey);
    if (tampering.flipSignature) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    const handle = tampering.userHandle === undefined ? operatorId : tampering.userHandle;
    return this.credential({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: Buffer.concat([signed, tampering.trailing ?? new Uint8Array()]).toString('base64url'),
      signature: signature.toString('base64url'),
      ...(handle ? { userHandle: Buffer.from(userHandleOf(handle)).toString('base64url') } : {}),
    });
  }

  private get flags(): number {
    return flag.up | flag.uv | (this.synced ? flag.be | flag.bs : 0);
  }

  private credential(response: Record<string, unknown>): Record<string, unknown> {
    const id = this.credentialId.toString('base64url');
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }

  private clientData(type: string, challenge: string, tampering: Tampering): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: tampering.type ?? type,
        challenge: tampering.challenge ?? challenge,
        origin: tampering.origin ?? relyingParty().origin,
        crossOrigin: tampering.crossOrigin ?? false,
      }),
    );
  }

  private authenticatorData(tampering: Tampering, attested: Uint8Array = new Uint8Array()): Buffer {
    const rpIdHash = createHash('sha256')
      .update(tampering.rpId ?? relyingParty().id)
      .digest();
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(tampering.counter ?? this.counter);
    return Buffer.concat([rpIdHash, Buffer.from([tampering.flags ?? this.flags]), counter, attested]);
  }
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
