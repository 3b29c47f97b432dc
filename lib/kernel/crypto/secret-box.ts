import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 1;

/**
 * Wraps a secret with AES-256-GCM (NIST SP 800-38D). The place it belongs to is authenticated with it, so a wrapped secret
 * moved to another row does not open. Layout: version (1) · IV (12) · tag (16) · ciphertext.
 */
export function sealSecret(key: Buffer, secret: string, place: string): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), iv, cipher.getAuthTag(), sealed]);
}

/** Opens what `sealSecret` made for the same place. @throws Error with a wrong key, another place or changed bytes. */
export function openSecret(key: Buffer, box: Uint8Array, place: string): string {
  const bytes = Buffer.from(box);
  if (bytes.length < 29 || bytes[0] !== version) throw new Error('This wrapped secret has an unknown form.');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 13), { authTagLength: 16 })
      .setAAD(Buffer.from(place))
      .setAuthTag(bytes.subarray(13, 29));
    return Buffer.concat([decipher.update(bytes.subarray(29)), decipher.final()]).toString('utf8');
  } catch {
    throw new Error('A wrapped secret does not open with this key (GATEHOUSE_KEK). Nothing was used in its place.');
  }
}
