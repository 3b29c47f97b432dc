import type { Tx } from '#lib/kernel/db/database.ts';
import { deskSessionLimits } from '#lib/staff/desk-sessions.ts';

/** What a role asks of its holders. `hardware`: passkeys that cannot be copied to another device (backup eligibility off). */
export type RolePolicy = {
  role: string;
  passkeys: 'any' | 'hardware';
  /** Models accepted (AAGUID) when `hardware`; empty: any. */
  aaguids: string[];
  /** Nothing is open to the role before a passkey was shown in this session, whatever else was. */
  needsPasskey: boolean;
  idleMinutes: number;
  absoluteHours: number;
};

/** Roles that can do lasting harm are phishing-resistant from the start. */
const needsPasskeyByDefault = new Set(['administrator', 'incident-commander', 'key-custodian']);

/** The policy of a role nobody changed. */
export function defaultRolePolicy(role: string): RolePolicy {
  return {
    role,
    passkeys: 'any',
    aaguids: [],
    needsPasskey: needsPasskeyByDefault.has(role),
    idleMinutes: deskSessionLimits.idleMinutes,
    absoluteHours: deskSessionLimits.absoluteHours,
  };
}

/** What several roles ask together: the strictest of each. Without roles, the desk's limits. */
export function strictest(policies: readonly RolePolicy[]): RolePolicy {
  return policies.reduce(
    (strict, policy) => ({
      role: '',
      passkeys: policy.passkeys === 'hardware' ? 'hardware' : strict.passkeys,
      aaguids:
        strict.aaguids.length === 0
          ? policy.aaguids
          : policy.aaguids.length === 0
            ? strict.aaguids
            : both(strict.aaguids, policy.aaguids),
      needsPasskey: strict.needsPasskey || policy.needsPasskey,
      idleMinutes: Math.min(strict.idleMinutes, policy.idleMinutes),
      absoluteHours: Math.min(strict.absoluteHours, policy.absoluteHours),
    }),
    defaultRolePolicy(''),
  );
}

function both(one: readonly string[], other: readonly string[]): string[] {
  const shared = one.filter((aaguid) => other.includes(aaguid));
  // An empty list means any model; two lists without a common one mean none.
  return shared.length > 0 ? shared : ['none'];
}

/** True when a passkey meets the policy (backup eligibility: Web Authentication Level 3, section 6.1.3). */
export function passkeyMeets(policy: RolePolicy, passkey: { deviceType: string; aaguid: string }): boolean {
  if (policy.passkeys === 'any') return true;
  if (passkey.deviceType !== 'singleDevice') return false;
  return policy.aaguids.length === 0 || policy.aaguids.includes(passkey.aaguid);
}

/** What the operator's roles in this tenant ask together. The transaction is one of that tenant. */
export async function policyOfOperator(tx: Tx, tenantId: string, operatorId: string): Promise<RolePolicy> {
  const rows = await tx.$queryRaw<(Partial<RolePolicy> & { role: string })[]>`
    SELECT r.role, p.passkeys, p.aaguids::text[] AS aaguids, p.needs_passkey AS "needsPasskey", p.idle_minutes AS "idleMinutes", p.absolute_hours AS "absoluteHours"
    FROM operator_roles r LEFT JOIN role_policies p ON p.tenant_id = r.tenant_id AND p.role = r.role
    WHERE r.tenant_id = ${tenantId}::uuid AND r.operator_id = ${operatorId}::uuid`;
  return strictest(rows.map((row) => (row.passkeys ? (row as RolePolicy) : defaultRolePolicy(row.role))));
}
