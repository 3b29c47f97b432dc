import { z } from 'zod';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { countFailure, forgetFailures } from '#lib/staff/attempts.ts';
import { createDeskSession, endDeskSession, findDeskSession, type SignInWay } from '#lib/staff/desk-sessions.ts';
import { completeEnrolment, findEnrolment } from '#lib/staff/invite.ts';
import { verifyRegistration } from '#lib/staff/new-passkey.ts';
import { verifyAssertion } from '#lib/staff/passkeys.ts';

/** The circumstances of an attempt. `browser`: the secret of this browser's challenge cookie; `oldToken`: a session it still has. */
export type Attempt = { browser: string | null; ip: string | null; userAgent: string | null; oldToken: string | null };
export type SignedIn = { id: string; name: string; email: string; deskToken: string };

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
    await auditFailure(database, proof.operatorId, proof.why, attempt);
    return null;
  }
  await forgetFailures(database, [proof.operatorId]);
  return startSession(database, { operatorId: proof.operatorId, passkeyId: proof.passkeyId, way: 'passkey' }, attempt);
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

/** Completes an enrolment and signs the new operator in. @throws Refusal `gone`, `conflict`, `invalid_input` */
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
    await auditFailure(database, null, 'enrolment', attempt);
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
  return startSession(database, { operatorId: made.operatorId, passkeyId: made.passkeyId, way: 'enrolment' }, attempt);
}

/** Ends the session behind a token, audited. Unknown and ended tokens change nothing. */
export async function signOut(database: Database, token: string, reason: string): Promise<void> {
  const session = await findDeskSession(database, token, { extend: false });
  if (!session) return;
  await database.inTenant(session.tenantId, async (tx) => {
    if (!(await endDeskSession(tx, session.id, reason))) return;
    const actor: Actor = {
      type: 'operator',
      id: session.operatorId,
      label: session.displayName,
      tenantId: session.tenantId,
      permissions: new Set(),
      ip: null,
      requestId: null,
    };
    await appendAudit(tx, actor, {
      action: 'session_logout',
      outcome: 'success',
      target: { type: 'desk_session', id: session.id },
      reason,
    });
  });
}

async function startSession(
  database: Database,
  proof: { operatorId: string; passkeyId: string | null; way: SignInWay },
  attempt: Attempt,
): Promise<SignedIn | null> {
  const operator = await database.outsideTenants((tx) =>
    tx.operator.findUnique({
      where: { id: proof.operatorId },
      include: { roles: { orderBy: { grantedAt: 'asc' }, take: 1 } },
    }),
  );
  const tenantId = operator?.roles[0]?.tenantId;
  if (!operator || operator.disabledAt || !tenantId) {
    await auditFailure(database, proof.operatorId, 'no_role', attempt);
    return null;
  }
  // A new proof is a new token; the one this browser had dies with it (session fixation).
  if (attempt.oldToken) await signOut(database, attempt.oldToken, 'replaced by a new sign-in');
  const deskToken = await database.inTenant(tenantId, async (tx) => {
    const session = await createDeskSession(tx, {
      operatorId: operator.id,
      tenantId,
      way: proof.way,
      passkeyId: proof.passkeyId,
      ip: attempt.ip,
      userAgent: attempt.userAgent,
    });
    const actor: Actor = {
      type: 'operator',
      id: operator.id,
      label: operator.displayName,
      tenantId,
      permissions: new Set(),
      ip: attempt.ip,
      requestId: null,
    };
    await appendAudit(tx, actor, {
      action: 'authn_login_success',
      outcome: 'success',
      target: { type: 'desk_session', id: session.id },
      detail: { way: proof.way, ...(session.ended.length > 0 ? { session_limit_ended: session.ended } : {}) },
    });
    return session.token;
  });
  return { id: operator.id, name: operator.displayName, email: operator.email, deskToken };
}

async function auditFailure(
  database: Database,
  operatorId: string | null,
  why: string,
  attempt: Attempt,
): Promise<void> {
  const known = await database.outsideTenants(async (tx) => {
    const role = operatorId
      ? await tx.operatorRole.findFirst({ where: { operatorId }, select: { tenantId: true } })
      : null;
    const tenant = role ? null : await tx.tenant.findFirst({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
    return role?.tenantId ?? tenant?.id ?? null;
  });
  if (!known) return;
  await database.inTenant(known, (tx) =>
    appendAudit(
      tx,
      { ...systemActor(known, 'Sign-in'), ip: attempt.ip },
      {
        action: 'authn_login_fail',
        outcome: 'failure',
        ...(operatorId ? { target: { type: 'operator', id: operatorId } } : {}),
        detail: { why },
      },
    ),
  );
}
