import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { places } from '#lib/kernel/geo/places.ts';
import { failuresSinceSuccess, recordAtTheDoor } from '#lib/staff/desk-records.ts';
import { createDeskSession, endDeskSession, findDeskSession, type SignInWay } from '#lib/staff/desk-sessions.ts';
import { notifyOperator } from '#lib/staff/outbox/queue-notice.ts';
import { passkeyMeets, policyOfOperator } from '#lib/staff/role-policies.ts';

/** The circumstances of an attempt. `browser`: the secret of this browser's challenge cookie; `oldToken`: a session it still has. */
export type Attempt = { browser: string | null; ip: string | null; userAgent: string | null; oldToken: string | null };
export type SignedIn = { id: string; name: string; email: string; deskToken: string };

/** Both factors, proved. `tenantId`: the one a provider belongs to; else the first the operator has a role in. */
export type ProvedSignIn = {
  operatorId: string;
  passkeyId: string | null;
  way: SignInWay;
  tenantId?: string;
  identityId?: string | null;
  providerSession?: string | null;
};

/** So many failures before a sign-in that succeeded are told to the operator. */
const failuresWorthTelling = 3;

/**
 * Starts a desk session after both factors, with the limits of the operator's roles; the session this browser had dies with it
 * (session fixation). What is unusual about it is told to all the operator's addresses. `null` when there is no role to sign in
 * to, or the passkey is not of the kind the roles ask for.
 */
export async function startSession(
  database: Database,
  proof: ProvedSignIn,
  attempt: Attempt,
): Promise<SignedIn | null> {
  const operator = await database.outsideTenants((tx) =>
    tx.operator.findUnique({
      where: { id: proof.operatorId },
      include: {
        passkeys: { where: { id: proof.passkeyId ?? '00000000-0000-0000-0000-000000000000' } },
      },
    }),
  );
  const tenantId = await tenantToEnter(database, proof);
  if (!operator || operator.disabledAt || !tenantId) {
    await auditFailure(database, proof.operatorId, operator?.disabledAt ? 'disabled' : 'no_role', attempt, proof.way);
    return null;
  }
  const policy = await database.inTenant(tenantId, (tx) => policyOfOperator(tx, tenantId, operator.id));
  const passkey = operator.passkeys[0];
  if (passkey && !passkeyMeets(policy, passkey)) {
    await auditFailure(database, proof.operatorId, 'attestation_policy', attempt, proof.way);
    return null;
  }
  if (attempt.oldToken) await signOut(database, attempt.oldToken, 'replaced by a new sign-in');
  const deskToken = await database.inTenant(tenantId, async (tx) => {
    const unusual = await whatIsUnusual(tx, tenantId, operator.id, attempt);
    const session = await createDeskSession(tx, { ...proof, ...attempt, ...policy, tenantId });
    const about = { id: operator.id, name: operator.displayName, email: operator.email };
    await recordAtTheDoor(tx, tenantId, {
      kind: 'sign_in',
      outcome: 'success',
      way: proof.way,
      operator: about,
      sessionId: session.id,
      ip: attempt.ip,
      userAgent: attempt.userAgent,
    });
    if (unusual.length > 0 || proof.way === 'recovery')
      await notifyOperator(tx, {
        tenantId,
        operatorId: operator.id,
        kind: 'sign-in',
        subject: 'A sign-in to Gatehouse that you should know of',
        text: noticeText(operator.displayName, unusual, proof.way, attempt),
      });
    const actor = operatorAtTheDoor(operator, tenantId, attempt.ip);
    await appendAudit(tx, actor, {
      action: unusual.some(({ kind }) => kind === 'failures') ? 'authn_login_successafterfail' : 'authn_login_success',
      outcome: 'success',
      target: { type: 'desk_session', id: session.id },
      detail: {
        way: proof.way,
        unusual: unusual.map(({ text }) => text),
        ...(session.ended.length > 0 ? { excess_sessions_exceeded: session.ended } : {}),
      },
    });
    return session.token;
  });
  return { ...{ id: operator.id, name: operator.displayName, email: operator.email }, deskToken };
}

/** The tenant the operator worked in last, of those that let them in; a provider's own where it proved who they are. */
async function tenantToEnter(database: Database, proof: ProvedSignIn): Promise<string | null> {
  const [row] = await database.outsideTenants(
    (tx) => tx.$queryRaw<{ tenantId: string }[]>`
      SELECT r.tenant_id::text AS "tenantId" FROM operator_roles r
      WHERE r.operator_id = ${proof.operatorId}::uuid AND (${proof.tenantId ?? null}::uuid IS NULL OR r.tenant_id = ${proof.tenantId ?? null}::uuid)
        AND NOT EXISTS (SELECT 1 FROM operator_suspensions s WHERE s.tenant_id = r.tenant_id AND s.operator_id = r.operator_id)
      GROUP BY r.tenant_id
      ORDER BY (SELECT max(s.created_at) FROM operator_sessions s WHERE s.operator_id = ${proof.operatorId}::uuid AND s.tenant_id = r.tenant_id) DESC NULLS LAST,
        min(r.granted_at), r.tenant_id LIMIT 1`,
  );
  return row?.tenantId ?? null;
}

/** Ends the session behind a token, audited. Unknown and ended tokens change nothing. */
export async function signOut(database: Database, token: string, reason: string): Promise<void> {
  const session = await findDeskSession(database, token, { extend: false });
  if (!session) return;
  await database.inTenant(session.tenantId, async (tx) => {
    if (!(await endDeskSession(tx, session.id, reason))) return;
    const operator = { id: session.operatorId, displayName: session.displayName, email: session.email };
    await recordAtTheDoor(tx, session.tenantId, {
      kind: 'session_ended',
      outcome: 'success',
      operator: { id: operator.id, name: operator.displayName, email: operator.email },
      sessionId: session.id,
      ip: null,
      userAgent: null,
    });
    await appendAudit(tx, operatorAtTheDoor(operator, session.tenantId, null), {
      action: 'session_logout',
      outcome: 'success',
      target: { type: 'desk_session', id: session.id },
      reason,
    });
  });
}

/**
 * Writes a failed attempt down: in the audit and at the door. The same work whether or not there is such an operator; without one
 * it goes to the first tenant.
 */
export async function auditFailure(
  database: Database,
  operatorId: string | null,
  why: string,
  attempt: Pick<Attempt, 'ip' | 'userAgent'>,
  way: string,
): Promise<void> {
  const [known] = await database.outsideTenants(
    (tx) => tx.$queryRaw<{ tenantId: string; id: string | null; name: string | null; email: string | null }[]>`
      SELECT COALESCE((SELECT r.tenant_id FROM operator_roles r WHERE r.operator_id = ${operatorId}::uuid ORDER BY r.granted_at LIMIT 1), t.id)::text AS "tenantId",
        o.id::text, o.display_name AS name, o.email
      FROM (SELECT id FROM tenants ORDER BY created_at, id LIMIT 1) AS t LEFT JOIN operators o ON o.id = ${operatorId}::uuid`,
  );
  if (!known) return;
  const { tenantId } = known;
  await database.inTenant(tenantId, async (tx) => {
    await recordAtTheDoor(tx, tenantId, {
      kind: 'sign_in',
      outcome: 'failure',
      why,
      way,
      operator: known.id ? { id: known.id, name: known.name ?? '', email: known.email ?? '' } : null,
      ip: attempt.ip,
      userAgent: attempt.userAgent,
    });
    await appendAudit(
      tx,
      { ...systemActor(tenantId, 'Sign-in'), ip: attempt.ip },
      {
        action: 'authn_login_fail',
        outcome: 'failure',
        ...(known.id ? { target: { type: 'operator', id: known.id } } : {}),
        detail: { why, way },
      },
    );
  });
}

/** An operator before there is a session: they may do nothing yet but sign in. */
export function operatorAtTheDoor(
  operator: { id: string; displayName: string },
  tenantId: string,
  ip: string | null,
): Actor {
  return {
    type: 'operator',
    id: operator.id,
    label: operator.displayName,
    tenantId,
    permissions: new Set(),
    ip,
    requestId: null,
  };
}

type Unusual = { kind: 'failures' | 'country'; text: string };

async function whatIsUnusual(tx: Tx, tenantId: string, operatorId: string, attempt: Attempt): Promise<Unusual[]> {
  const found: Unusual[] = [];
  const failures = await failuresSinceSuccess(tx, tenantId, operatorId);
  if (failures >= failuresWorthTelling)
    found.push({ kind: 'failures', text: `${failures} failed attempts came before it` });
  const { country } = attempt.ip ? places().find(attempt.ip) : { country: null };
  if (!country) return found;
  const before = await tx.$queryRaw<{ ip: string }[]>`
    SELECT DISTINCT ip FROM (SELECT ip FROM operator_sessions WHERE operator_id = ${operatorId}::uuid AND ip IS NOT NULL
      ORDER BY created_at DESC LIMIT 100) AS recent`;
  const countries = new Set(before.flatMap(({ ip }) => places().find(ip).country ?? []));
  if (countries.size > 0 && !countries.has(country))
    found.push({ kind: 'country', text: `it came from ${country}, where you had not signed in before` });
  return found;
}

function noticeText(name: string, unusual: readonly Unusual[], way: SignInWay, attempt: Attempt): string {
  return [
    `Hello ${name},`,
    '',
    'Somebody signed in to Gatehouse as you.',
    ...unusual.map(({ text }) => `- ${text}`),
    ...(way === 'recovery' ? ['- a recovery code was used; it does not work again'] : []),
    `- network address ${attempt.ip ?? 'unknown'}`,
    '',
    'If this was you, nothing is to be done.',
    'If not: end the session under Me → Sessions, or ask an administrator at once to disable your account.',
  ].join('\n');
}
