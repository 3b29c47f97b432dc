import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { roles } from '#lib/model/permissions.ts';
import { roleNameShape } from '#lib/staff/custom-roles.ts';
import { deskSessionLimits } from '#lib/staff/desk-sessions.ts';
import { defaultRolePolicy, passkeyMeets, type RolePolicy } from '#lib/staff/role-policies.ts';

/** What every role of the tenant asks of its holders, the built-in ones first. */
export async function listRolePolicies(tx: Tx, tenantId: string): Promise<RolePolicy[]> {
  const set = await tx.rolePolicy.findMany({ where: { tenantId }, take: 200 });
  const custom = await tx.customRole.findMany({ where: { tenantId }, select: { name: true }, take: 200 });
  const known = new Map(set.map(({ tenantId: _tenant, ...policy }) => [policy.role, policy as RolePolicy]));
  return [...roles, ...custom.map(({ name }) => name)].map((role) => known.get(role) ?? defaultRolePolicy(role));
}

/**
 * Sets what a role asks of its holders' sign-in: hardware passkeys or any, a passkey before anything opens, limits within the desk's.
 * It binds from the next request on, living sessions included. Never so that no administrator could come in.
 * @throws Refusal `conflict`
 */
export const setRolePolicy = defineCommand({
  action: 'policy_changed',
  permission: 'policies:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({
    role: roleNameShape,
    passkeys: z.enum(['any', 'hardware']),
    aaguids: z.array(z.uuid()).max(50).default([]),
    needsPasskey: z.boolean(),
    idleMinutes: z.number().int().min(1).max(deskSessionLimits.idleMinutes),
    absoluteHours: z.number().int().min(1).max(deskSessionLimits.absoluteHours),
  }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    if (input.role === 'administrator') await requireWayIn(tx, tenantId, input);
    const before = await tx.rolePolicy.findUnique({ where: { tenantId_role: { tenantId, role: input.role } } });
    const { role, ...asked } = input;
    await tx.rolePolicy.upsert({
      where: { tenantId_role: { tenantId, role } },
      create: { tenantId, ...input },
      update: asked,
    });
    await tx.$executeRaw`
      UPDATE operator_sessions s SET needs_passkey = s.needs_passkey OR ${input.needsPasskey}, idle_minutes = LEAST(s.idle_minutes, ${input.idleMinutes}),
        absolute_expires_at = LEAST(s.absolute_expires_at, s.created_at + make_interval(hours => ${input.absoluteHours})),
        idle_expires_at = LEAST(s.idle_expires_at, s.absolute_expires_at, s.created_at + make_interval(hours => ${input.absoluteHours}),
          s.last_seen_at + make_interval(mins => ${input.idleMinutes}))
      WHERE s.tenant_id = ${tenantId}::uuid AND s.ended_at IS NULL
        AND EXISTS (SELECT 1 FROM operator_roles r WHERE r.tenant_id = s.tenant_id AND r.operator_id = s.operator_id AND r.role = ${role})`;
    return {
      result: {},
      audit: {
        target: { type: 'role', id: role },
        detail: { before: before ? { ...before } : null, after: { ...asked } },
      },
    };
  },
});

/** Two administrators (people who can act now), or the only one there is, have to hold a passkey that the policy takes. @throws Refusal `conflict` */
async function requireWayIn(tx: Tx, tenantId: string, policy: RolePolicy): Promise<void> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT gatehouse_able_administrator_accounts(${tenantId}::uuid)::text AS id`;
  const administrators = await tx.operator.findMany({
    where: { id: { in: rows.map(({ id }) => id) } },
    select: { id: true, passkeys: { select: { deviceType: true, aaguid: true } } },
  });
  const meets = administrators.filter(({ passkeys }) => passkeys.some((passkey) => passkeyMeets(policy, passkey)));
  const [people] = await tx.$queryRaw<{ all: number; left: number }[]>`
    SELECT gatehouse_able_administrators(${tenantId}::uuid) AS all,
      gatehouse_people_among(${tenantId}::uuid, ${meets.map(({ id }) => id)}::uuid[]) AS left`;
  if (people && people.left >= Math.min(2, people.all)) return;
  throw new Refusal(
    'conflict',
    'Too few administrators hold a passkey that this would accept, so nobody might come in any more. Have them add one first. Nothing was changed.',
  );
}
