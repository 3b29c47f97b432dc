import { z } from 'zod';

/** EdDSA, ES256, RS256 (COSE algorithm numbers). */
export const passkeyAlgorithms = [-8, -7, -257];

export const base64url = z
  .string()
  .max(16_384)
  .regex(/^[A-Za-z0-9_-]*$/);

const clientDataShape = z.looseObject({ challenge: base64url, crossOrigin: z.boolean().optional() });

/** What the client signed over, as far as it is needed before the signature is judged; `null` when it cannot be read. */
export function readClientData(clientDataJSON: string): { challenge: string; crossOrigin: boolean } | null {
  try {
    const text = Buffer.from(clientDataJSON, 'base64url').toString('utf8');
    const { challenge, crossOrigin } = clientDataShape.parse(JSON.parse(text));
    return { challenge, crossOrigin: crossOrigin ?? false };
  } catch {
    return null;
  }
}

/** The WebAuthn user handle of an operator: the 16 bytes of their id. */
export function userHandleOf(operatorId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(operatorId.replaceAll('-', ''), 'hex'));
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
