import { randomBytes } from 'node:crypto';
import type { Tx } from '#lib/kernel/db/database.ts';
import { newId, sha256 } from '#lib/kernel/ids.ts';

export const recoveryCodeCount = 10;
/** Crockford's base 32: 32 signs without I, L, O, U, so nothing is misread. 24 of them are 120 bits (NIST SP 800-63B-4: ≥ 112). */
const signs = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLength = 24;

/** A new code: 120 random bits as six groups of four. */
export function newRecoveryCode(): string {
  const text = Array.from(randomBytes(codeLength), (byte) => signs[byte & 31]).join('');
  return text.replace(/(.{4})(?=.)/g, '$1-');
}

/** The signs of a code as typed: spaces, dashes and case do not matter, and O, I, L read as 0 and 1. `null` for what is none. */
export function readRecoveryCode(text: string): string | null {
  const plain = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return plain.length === codeLength && [...plain].every((sign) => signs.includes(sign)) ? plain : null;
}

/** Replaces an operator's codes by ten new ones. Shown once; the rows hold their SHA-256 (120 random bits need no slow hash). */
export async function renewRecoveryCodes(tx: Tx, operatorId: string): Promise<string[]> {
  const codes = Array.from({ length: recoveryCodeCount }, newRecoveryCode);
  await tx.$executeRaw`DELETE FROM recovery_codes WHERE operator_id = ${operatorId}::uuid`;
  await tx.recoveryCode.createMany({
    data: codes.map((code) => ({
      id: newId(),
      operatorId,
      hash: hashOf(code),
      createdAt: new Date(),
    })),
  });
  await tx.$executeRaw`UPDATE recovery_codes SET created_at = clock_timestamp() WHERE operator_id = ${operatorId}::uuid`;
  return codes;
}

/** Uses a code up: of any number of parallel tries one passes. The same work for an operator who does not exist. */
export async function spendRecoveryCode(tx: Tx, operatorId: string, code: string): Promise<boolean> {
  const used = await tx.$executeRaw`
    UPDATE recovery_codes SET used_at = clock_timestamp()
    WHERE operator_id = ${operatorId}::uuid AND hash = ${hashOf(code)} AND used_at IS NULL`;
  return used > 0;
}

function hashOf(code: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sha256(readRecoveryCode(code) ?? `not a code ${code}`));
}
