import { z } from 'zod';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { countFailure, forgetFailures } from '#lib/staff/attempts.ts';
import { completeEnrolment, findEnrolment } from '#lib/staff/invite.ts';
import { verifyRegistration } from '#lib/staff/new-passkey.ts';
import { verifyAssertion } from '#lib/staff/passkeys.ts';
import { type Attempt, auditFailure, type SignedIn, startSession } from '#lib/staff/start-session.ts';

/** Signs an operator in by a passkey. `null` for every kind of failure; the audit knows which one. */
export async function signInWithPasskey(
  database: Database,
  response: unknown,
  attempt: Attempt,
): Promise<SignedIn | null> {
  if (!attempt.browser) return null;
  const proof = await verifyAssertion(database, { purpose: 'sign-in', boundTo: attempt.browser, response });
  if (!proof.ok) {
    await countFailure(database, { purpose: 'passkey', account: null, ip: attempt.ip });
    await auditFailure(database, proof.operatorId, proof.why, attempt, 'passkey');
    return null;
  }
  const signedIn = await startSession(
    database,
    { operatorId: proof.operatorId, passkeyId: proof.passkeyId, way: 'passkey' },
    attempt,
  );
  await forgetFailures(database, [proof.operatorId, ...(signedIn ? [signedIn.email] : [])]);
  return signedIn;
}

const enrolmentShape = z.strictObject({
  token: z.string().max(100),
  email: z
    .string()
    .trim()
    .transform((text) => text.normalize('NFKC').toLowerCase())
    .pipe(z.email({ error: 'This is not an e-mail address.' }).max(254)),
  displayName: z.string().trim().min(1, 'Say what to call you.').max(100),
  passkeyName: z.string().trim().min(1).max(100),
  response: z.unknown(),
});

/**
 * Uses an enrolment link and signs the new operator in. The session is limited to finishing the enrolment: a second authenticator
 * or recovery codes. @throws Refusal `gone`, `conflict`, `invalid_input`
 */
export async function signInWithEnrolment(
  database: Database,
  raw: unknown,
  attempt: Attempt,
): Promise<SignedIn | null> {
  const parsed = enrolmentShape.safeParse(raw);
  if (!parsed.success || !attempt.browser) return null;
  const { token, email, displayName, passkeyName, response } = parsed.data;
  const enrolment = await database.outsideTenants((tx) => findEnrolment(tx, token));
  if (!enrolment.isBootstrap && email !== enrolment.email)
    throw new Refusal('invalid_input', 'The invitation is for another e-mail address.');
  const passkey = await verifyRegistration(database, {
    purpose: 'enrolment',
    boundTo: attempt.browser,
    subject: enrolment.id,
    response,
  });
  if (!passkey) {
    await countFailure(database, { purpose: 'enrolment', account: null, ip: attempt.ip });
    await auditFailure(database, null, 'enrolment', attempt, 'enrolment');
    return null;
  }
  const made = await completeEnrolment(database, {
    enrolment,
    email,
    displayName,
    passkeyName,
    passkey,
    ip: attempt.ip,
  });
  return startSession(
    database,
    { operatorId: made.operatorId, passkeyId: made.passkeyId, way: 'enrolment', tenantId: made.tenantId },
    attempt,
  );
}
