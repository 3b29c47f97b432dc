import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { permissionsOf } from '#lib/model/permissions.ts';
import { type SeparationConflict, separationConflicts } from '#lib/model/separation-of-duties.ts';
import { roleNameShape, rolesWith } from '#lib/staff/custom-roles.ts';
import { requireAdministratorsLeft } from '#lib/staff/last-administrators.ts';
import { lockOperator, standingOf } from '#lib/staff/operator-may.ts';
import { tellOfAccess } from '#lib/staff/tell-of-access.ts';

const input = z.strictObject({ operatorId: z.uuid(), role: roleNameShape });

/**
 * Gives an operator of this tenant a role. Nobody gives one to themselves, and no combination that would let one person propose
 * and sign alone is given; what is merely flagged comes back with its reason.
 * @throws Refusal `forbidden`, `not_found`, `conflict`
 */
export const grantRole = defineCommand({
  action: 'privilege_permissions_changed',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input,
  async run({ tx, actor, input: { operatorId, role } }) {
    await refuseOneself(tx, actor, operatorId, 'Nobody raises their own role. Ask another administrator.');
    const { email } = await lockOperator(tx, actor.tenantId, operatorId);
    const { roles } = await standingOf(tx, actor.tenantId, operatorId);
    if (roles.includes(role)) throw new Refusal('conflict', `${email} has this role already. Nothing was changed.`);
    const flagged = await requireSeparation(tx, actor.tenantId, [...roles, role]);
    await tx.operatorRole.create({
      data: {
        tenantId: actor.tenantId,
        operatorId,
        role,
        grantedBy: actor.label,
        grantedById: actor.type === 'operator' ? actor.id : null,
      },
    });
    await tellOfAccess(tx, actor, operatorId, `you were given the role ${role}`);
    return {
      result: { roles: [...roles, role], flagged: flagged.map(({ id, reason }) => ({ id, reason })) },
      audit: {
        target: { type: 'operator', id: operatorId },
        detail: { granted: role, email, flagged: flagged.map(({ id }) => id) },
      },
    };
  },
});

/**
 * Takes a role away; it counts no more from the next request on, and not for what was signed before. With the last role in this
 * tenant the operator's sessions here end. @throws Refusal `not_found`, `conflict` when too few administrators would be left
 */
export const revokeRole = defineCommand({
  action: 'privilege_permissions_changed',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input,
  async run({ tx, actor, input: { operatorId, role } }) {
    const { email } = await lockOperator(tx, actor.tenantId, operatorId);
    const { count } = await tx.operatorRole
      .deleteMany({ where: { tenantId: actor.tenantId, operatorId, role } })
      .catch(requireAdministratorsLeft);
    if (count === 0) throw new Refusal('conflict', `${email} does not have this role any more. Nothing was changed.`);
    const { roles } = await standingOf(tx, actor.tenantId, operatorId);
    const sessionsEnded =
      roles.length === 0
        ? await tx.$executeRaw`
          UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = 'no role is left in this tenant'
          WHERE tenant_id = ${actor.tenantId}::uuid AND operator_id = ${operatorId}::uuid AND ended_at IS NULL`
        : 0;
    await tellOfAccess(tx, actor, operatorId, `the role ${role} was taken from you`);
    return {
      result: { roles, sessionsEnded },
      audit: { target: { type: 'operator', id: operatorId }, detail: { revoked: role, email, sessionsEnded } },
    };
  },
});

/** Refuses an act of an operator on themselves, through whichever of their accounts. @throws Refusal `forbidden` */
export async function refuseOneself(tx: Tx, actor: Actor, operatorId: string, words: string): Promise<void> {
  if (actor.type !== 'operator') return;
  const [row] = await tx.$queryRaw<{ same: boolean }[]>`
    SELECT gatehouse_same_person(${actor.id}::uuid, ${operatorId}::uuid) AS same`;
  if (row?.same !== false) throw new Refusal('forbidden', words);
}

/**
 * What these roles together would let one person do. @returns the combinations that are allowed but shown
 * @throws Refusal `conflict` for one that is not allowed, with its reason
 */
export async function requireSeparation(
  tx: Tx,
  tenantId: string,
  roleNames: readonly string[],
): Promise<SeparationConflict[]> {
  const custom = await rolesWith(tx, tenantId, roleNames);
  const conflicts = separationConflicts(permissionsOf(roleNames, custom));
  const hard = conflicts.find(({ effect }) => effect === 'refused');
  if (hard)
    throw new Refusal(
      'conflict',
      `These roles do not go together in one person: ${hard.title.toLowerCase()}. ${hard.reason} Nothing was changed.`,
    );
  return conflicts;
}
