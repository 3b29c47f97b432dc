import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { openSecret, sealSecret } from '#lib/kernel/crypto/secret-box.ts';
import { readEnv } from '#lib/kernel/env.ts';

const place = (tenantId: string, inletId: string) => `inlet-secret ${tenantId} ${inletId}`;

/** Wraps a secret of a stream or a hook under the KEK, bound to its row. */
export function sealForInlet(tenantId: string, inletId: string, secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sealSecret(loadKeyEncryptionKey(readEnv()).key, secret, place(tenantId, inletId)));
}

/** @throws Error with another KEK or for another row */
export function openForInlet(tenantId: string, inletId: string, sealed: Uint8Array): string {
  return openSecret(loadKeyEncryptionKey(readEnv()).key, sealed, place(tenantId, inletId));
}
