import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type Permission, permissionsOf } from '#lib/model/permissions.ts';

/** What an operator holds in a tenant at this moment; `null` for an operator who does not belong to it. */
export type Standing = { roles: string[]; customPermissions: string[]; able: boolean };

/** Roles as they are now. `able` is false while the account is disabled, suspended in this tenant or without any role here. */
export async function standingOf(tx: Tx, tenantId: string, operatorId: string): Promise<Standing> {
  const [row] = await tx.$queryRaw<Standing[]>`
    SELECT ARRAY(SELECT r.role FROM operator_roles r WHERE r.tenant_id = ${tenantId}::uuid AND r.operator_id = o.id ORDER BY r.role) AS roles,
      ARRAY(SELECT unnest(c.permissions) FROM operator_roles r JOIN custom_roles c ON c.tenant_id = r.tenant_id AND c.name = r.role
        WHERE r.tenant_id = ${tenantId}::uuid AND r.operator_id = o.id) AS "customPermissions",
      o.disabled_at IS NULL AND NOT EXISTS (SELECT 1 FROM operator_suspensions s WHERE s.tenant_id = ${tenantId}::uuid AND s.operator_id = o.id)
        AND NOT EXISTS (SELECT 1 FROM break_glass_accounts b WHERE b.tenant_id = ${tenantId}::uuid AND b.operator_id = o.id
          AND (b.state = 'sealed' OR b.opened_until <= clock_timestamp())) AS able
    FROM operators o WHERE o.id = ${operatorId}::uuid`;
  if (!row) return { roles: [], customPermissions: [], able: false };
  return { ...row, able: row.able && row.roles.length > 0 };
}

/**
 * Whether an operator may do this in this tenant, as things stand now. Asked again when something they proposed or signed is about
 * to happen: whoever was disabled, suspended or demoted meanwhile counts no more (ASVS 8.3.2, 8.3.3).
 */
export async function operatorMay(
  tx: Tx,
  tenantId: string,
  operatorId: string,
  permission: Permission,
): Promise<boolean> {
  const { roles, customPermissions, able } = await standingOf(tx, tenantId, operatorId);
  return able && permissionsOf(roles, customPermissions).has(permission);
}

/**
 * The operator, locked until the transaction ends so that two changes to one person take turns; they must belong to this tenant.
 * @throws Refusal `not_found`, the same for an unknown operator and one of another tenant
 */
export async function lockOperator(
  tx: Tx,
  tenantId: string,
  operatorId: string,
): Promise<{ email: string; displayName: string }> {
  const [row] = await tx.$queryRaw<{ email: string; displayName: string }[]>`
    SELECT o.email, o.display_name AS "displayName" FROM operators o
    WHERE o.id = ${operatorId}::uuid AND EXISTS (SELECT 1 FROM operator_roles r WHERE r.tenant_id = ${tenantId}::uuid AND r.operator_id = o.id)
    FOR UPDATE OF o`;
  if (!row) throw new Refusal('not_found', 'There is no such operator here. Invite them first.');
  return row;
}
