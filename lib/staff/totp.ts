import { generateSecret, generateURI, verify } from 'otplib';
import { databaseNow } from '#lib/kernel/clock.ts';
import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { openSecret, sealSecret } from '#lib/kernel/crypto/secret-box.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';

const placeOf = (operatorId: string) => `operator-totp ${operatorId}`;
/** Steps of 30 s; the one before and the one after are accepted too (RFC 6238 section 5.2). */
const stepSeconds = 30;
const decoySecret = generateSecret();

/**
 * Makes a new secret for a code generator, wrapped under the KEK. It serves once a code of it was shown (`confirmTotp`); one in use
 * stays in use until then. @returns the secret, shown once, and the otpauth: address for a picture of it
 */
export async function beginTotp(
  tx: Tx,
  operator: { id: string; email: string },
): Promise<{ secret: string; address: string }> {
  const secret = generateSecret();
  const sealed = sealSecret(loadKeyEncryptionKey(readEnv()).key, secret, placeOf(operator.id));
  await tx.$executeRaw`
    INSERT INTO operator_totps (operator_id, pending_secret, pending_at) VALUES (${operator.id}::uuid, ${new Uint8Array(sealed)}, clock_timestamp())
    ON CONFLICT (operator_id) DO UPDATE SET pending_secret = excluded.pending_secret, pending_at = excluded.pending_at`;
  return { secret, address: generateURI({ issuer: 'Gatehouse', label: operator.email, secret }) };
}

/** Puts the new secret in use when the code is right for it now, within 15 minutes. The code is used up. */
export async function confirmTotp(tx: Tx, operatorId: string, code: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ secret: Uint8Array }[]>`
    SELECT pending_secret AS secret FROM operator_totps WHERE operator_id = ${operatorId}::uuid
      AND pending_at > clock_timestamp() - interval '15 minutes' FOR UPDATE`;
  if (!row) return false;
  const step = await stepOf(tx, operatorId, row.secret, code);
  if (step === null) return false;
  await tx.$executeRaw`
    UPDATE operator_totps SET secret = pending_secret, confirmed_at = clock_timestamp(), last_step = ${step},
      pending_secret = NULL, pending_at = NULL WHERE operator_id = ${operatorId}::uuid`;
  return true;
}

/**
 * The time step a code belongs to, by the database's clock, or `null` when it is not right. Without a secret (`null`: no such
 * account) a decoy is asked, with the same work. Using it up is `spendTotpStep`.
 */
export async function stepOf(
  tx: Tx,
  operatorId: string,
  sealed: Uint8Array | null,
  code: string,
): Promise<bigint | null> {
  const secret = sealed ? openSecret(loadKeyEncryptionKey(readEnv()).key, sealed, placeOf(operatorId)) : decoySecret;
  const epoch = Math.floor((await databaseNow(tx)).getTime() / 1000);
  if (!/^\d{6}$/.test(code)) return null;
  const result = await verify({ secret, token: code, epoch, period: stepSeconds, epochTolerance: stepSeconds });
  return result.valid && sealed && 'timeStep' in result ? BigInt(result.timeStep) : null;
}

/** Uses a step up (compare-and-set): of any number of parallel tries with one code, one passes; earlier codes are dead too. */
export async function spendTotpStep(tx: Tx, operatorId: string, step: bigint): Promise<boolean> {
  const used = await tx.$executeRaw`
    UPDATE operator_totps SET last_step = ${step}
    WHERE operator_id = ${operatorId}::uuid AND secret IS NOT NULL AND last_step < ${step}`;
  return used > 0;
}
