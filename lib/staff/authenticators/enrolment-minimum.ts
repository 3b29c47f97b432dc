import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/** What an operator can prove themselves with. `codeGenerator`: a password and a confirmed code generator, which count together. */
export type Holdings = { passkeys: number; codeGenerator: boolean; recoveryCodes: number };

/**
 * Enough to be an operator: a passkey always (without one nothing sensitive can be done), and beside it a second authenticator or
 * recovery codes, so that losing one thing locks nobody out (NIST SP 800-63B-4, section 4.1.2).
 */
export function isEnough({ passkeys, codeGenerator, recoveryCodes }: Holdings): boolean {
  return passkeys >= 1 && (passkeys + Number(codeGenerator) >= 2 || recoveryCodes >= 1);
}

/** What the operator holds now. `FOR UPDATE` on the operator lets two changes take turns. */
export async function holdingsOf(tx: Tx, operatorId: string): Promise<Holdings> {
  await tx.$executeRaw`SELECT id FROM operators WHERE id = ${operatorId}::uuid FOR UPDATE`;
  const [row] = await tx.$queryRaw<Holdings[]>`
    SELECT (SELECT count(*)::int FROM passkeys WHERE operator_id = ${operatorId}::uuid) AS passkeys,
      EXISTS (SELECT 1 FROM operator_passwords p JOIN operator_totps t USING (operator_id)
        WHERE p.operator_id = ${operatorId}::uuid AND t.secret IS NOT NULL) AS "codeGenerator",
      (SELECT count(*)::int FROM recovery_codes WHERE operator_id = ${operatorId}::uuid AND used_at IS NULL) AS "recoveryCodes"`;
  if (!row) throw new Error('what an operator holds could not be read');
  return row;
}

/** Completes an open enrolment once there is enough. @returns true when this completed it */
export async function closeEnrolment(tx: Tx, operatorId: string): Promise<boolean> {
  if (!isEnough(await holdingsOf(tx, operatorId))) return false;
  return (
    (await tx.$executeRaw`UPDATE operators SET enrolment_open = false WHERE id = ${operatorId}::uuid AND enrolment_open`) >
    0
  );
}

/** Holds a removal back that would leave too little. Call it after the removal; the refusal rolls it back. @throws Refusal `conflict` */
export async function requireEnoughLeft(tx: Tx, operatorId: string): Promise<void> {
  const left = await holdingsOf(tx, operatorId);
  if (isEnough(left)) return;
  throw new Refusal(
    'conflict',
    left.passkeys === 0
      ? 'This is your last passkey, and without one you could do nothing here. Add another first. Nothing was removed.'
      : 'Then one lost device would lock you out. Add another authenticator or make recovery codes first. Nothing was removed.',
  );
}
