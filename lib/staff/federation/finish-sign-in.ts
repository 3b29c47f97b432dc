import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { forgetFailures, withinAttempts } from '#lib/staff/attempts.ts';
import { hashOf } from '#lib/staff/federation/federated-sign-in.ts';
import { assertionOptions, verifyAssertion } from '#lib/staff/passkeys.ts';
import { readRecoveryCode, spendRecoveryCode } from '#lib/staff/recovery-codes.ts';
import { type Attempt, auditFailure, type SignedIn, startSession } from '#lib/staff/start-session.ts';

/** A sign-in that a provider vouched for and that waits for its second factor, or for the click that finishes it. */
export type HalfFinished = {
  id: string;
  identityId: string;
  operatorId: string;
  tenantId: string;
  providerName: string;
  displayName: string;
  secondFactorShown: boolean;
  providerSession: string | null;
};

/** The half-finished sign-in of a browser, if there is a living one. It is no session and opens nothing. */
export async function findHalfFinished(database: Database, browser: string | null): Promise<HalfFinished | null> {
  if (!browser) return null;
  const rows = await database.outsideTenants(
    (tx) => tx.$queryRaw<HalfFinished[]>`
      SELECT f.id::text, f.identity_id::text AS "identityId", i.operator_id::text AS "operatorId", p.tenant_id::text AS "tenantId",
        p.name AS "providerName", o.display_name AS "displayName", f.second_factor_shown AS "secondFactorShown", f.provider_session AS "providerSession"
      FROM federated_sign_ins f JOIN operator_identities i ON i.id = f.identity_id JOIN sign_in_providers p ON p.id = f.provider_id
        JOIN operators o ON o.id = i.operator_id
      WHERE f.browser_hash = ${hashOf(browser)} AND f.expires_at > clock_timestamp() AND p.disabled_at IS NULL AND o.disabled_at IS NULL`,
  );
  return rows[0] ?? null;
}

/** Options for the desk's own passkey as the second factor of this very sign-in. @throws Refusal `gone` */
export async function secondFactorOptions(
  database: Database,
  browser: string | null,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const half = await findHalfFinished(database, browser);
  if (!half || !browser) throw new Refusal('gone', 'That sign-in took too long or was finished already. Begin again.');
  return assertionOptions(database, {
    purpose: 'second-factor',
    boundTo: browser,
    subject: half.id,
    operatorId: half.operatorId,
  });
}

const shape = z.strictObject({
  response: z.looseObject({}).optional(),
  code: z.string().max(64).optional(),
});

/**
 * Finishes a sign-in that a provider vouched for: with the desk's passkey, with a recovery code, or, where the provider's own second
 * factor keeps the configured rule, with nothing more. Used up by the session it becomes. `null` for every failure.
 */
export async function signInFederated(
  database: Database,
  raw: unknown,
  attempt: Attempt & { federated: string | null },
): Promise<SignedIn | null> {
  const parsed = shape.safeParse(raw);
  const half = await findHalfFinished(database, attempt.federated);
  if (!parsed.success || !half || !attempt.federated) {
    await auditFailure(database, half?.operatorId ?? null, 'federated_gone', attempt, 'federated');
    return null;
  }
  const { response, code } = parsed.data;
  const factor = response
    ? await byPasskey(database, half, attempt.federated, response, attempt)
    : code
      ? await byRecoveryCode(database, half, code, attempt)
      : half.secondFactorShown
        ? { way: 'federated' as const, passkeyId: null }
        : null;
  if (!factor) {
    await auditFailure(database, half.operatorId, 'second_factor', attempt, 'federated');
    return null;
  }
  const usedUp = await database.outsideTenants(
    (tx) =>
      tx.$executeRaw`DELETE FROM federated_sign_ins WHERE id = ${half.id}::uuid AND expires_at > clock_timestamp()`,
  );
  if (usedUp === 0) return null;
  await forgetFailures(database, [half.operatorId]);
  const { operatorId, tenantId, identityId, providerSession } = half;
  return startSession(database, { ...factor, operatorId, tenantId, identityId, providerSession }, attempt);
}

async function byPasskey(
  database: Database,
  half: HalfFinished,
  boundTo: string,
  response: unknown,
  attempt: Attempt,
): Promise<{ way: 'federated'; passkeyId: string } | null> {
  const at = { purpose: 'federated' as const, account: null, ip: attempt.ip };
  return withinAttempts(database, at, async () => {
    const proof = await verifyAssertion(database, {
      purpose: 'second-factor',
      boundTo,
      subject: half.id,
      operatorId: half.operatorId,
      response,
    });
    return proof.ok ? { way: 'federated' as const, passkeyId: proof.passkeyId } : null;
  });
}

async function byRecoveryCode(
  database: Database,
  half: HalfFinished,
  code: string,
  attempt: Attempt,
): Promise<{ way: 'recovery'; passkeyId: null } | null> {
  const at = { purpose: 'recovery-code' as const, account: half.operatorId, ip: attempt.ip };
  return withinAttempts(database, at, async () => {
    const isCode = readRecoveryCode(code) !== null;
    const spent = await database.outsideTenants((tx) => spendRecoveryCode(tx, half.operatorId, code));
    return isCode && spent ? { way: 'recovery' as const, passkeyId: null } : null;
  });
}
