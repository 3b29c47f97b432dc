import canonicalize from 'canonicalize';
import type { AppliedPolicy } from '#lib/approvals/rules.ts';
import { sha256 } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';

/** Everything a signature under a proposal covers. The targets stand in it by their number and digest. */
export type Payload = {
  version: 2;
  id: string;
  tenant: string;
  kind: string;
  reason: string;
  parameters: JsonObject;
  summary: JsonObject;
  proposer: { type: string; id: string; person: string; label: string };
  policy: AppliedPolicy;
  targets: { count: number; digest: string };
  expiresAt: string;
};

/** The canonical bytes of a payload (RFC 8785). */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('there is no canonical form');
  return text;
}

/** The digest people sign: SHA-256 of the canonical payload. */
export function payloadDigest(payload: string): Buffer {
  return sha256(payload);
}

/**
 * The WebAuthn challenge of a signature under a proposal: SHA-256(kind || payload digest || nonce || approver). Kind and approver
 * are UTF-8 and end with a zero byte, digest and nonce are 32 bytes each; the approver is the operator's id. (Web Authentication
 * Level 3, section 13.4.3: unguessable, because the nonce is.)
 */
export function signingChallenge(input: {
  kind: string;
  digest: Uint8Array;
  nonce: Uint8Array;
  approver: string;
}): Buffer {
  if (input.digest.length !== 32 || input.nonce.length !== 32) throw new Error('digest and nonce are 32 bytes each');
  return sha256(
    Buffer.concat([Buffer.from(`${input.kind}\0`), input.digest, input.nonce, Buffer.from(`${input.approver}\0`)]),
  );
}
