import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { databaseNow } from '#lib/kernel/clock.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type Permission, permissions, permissionsOf, roles } from '#lib/model/permissions.ts';
import { separationConflicts } from '#lib/model/separation-of-duties.ts';

/** A role's name, built in or a tenant's own. */
export const roleNameShape = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/, 'lower-case letters, digits and hyphens, 2 to 40 of them');

export type CustomRole = { name: string; description: string; permissions: string[]; holders: number };

/** Makes a role of permissions, or changes one. Whoever holds it cannot change it, nor can it break separation of duties. */
export const saveCustomRole = defineCommand({
  action: 'privilege_permissions_changed',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({
    name: roleNameShape.refine((name) => !(roles as readonly string[]).includes(name), 'this role is built in'),
    description: z.string().trim().min(3, 'Say what the role is for.').max(200),
    permissions: z.array(z.enum(permissions)).min(1, 'Choose at least one permission.').max(permissions.length),
  }),
  async run({ tx, actor, input }) {
    const wanted = permissions.filter((permission) => input.permissions.includes(permission));
    const hard = separationConflicts(wanted).find(({ effect }) => effect === 'refused');
    if (hard) throw new Refusal('conflict', `${hard.title} in one role: ${hard.reason} Nothing was changed.`);
    await lockRole(tx, actor, input.name);
    await refuseHolder(tx, actor, input.name);
    await requireSeparationOfHolders(tx, actor.tenantId, input.name, wanted);
    const before = await tx.customRole.findUnique({
      where: { tenantId_name: { tenantId: actor.tenantId, name: input.name } },
    });
    const values = { description: input.description, permissions: wanted, updatedBy: actor.label };
    await tx.customRole.upsert({
      where: { tenantId_name: { tenantId: actor.tenantId, name: input.name } },
      create: { tenantId: actor.tenantId, name: input.name, createdBy: actor.label, ...values },
      update: { ...values, updatedAt: await databaseNow(tx) },
    });
    return {
      result: { name: input.name, permissions: wanted },
      audit: {
        target: { type: 'role', id: input.name },
        detail: { permissions: wanted, before: before?.permissions ?? null },
      },
    };
  },
});

/** Takes a custom role off the list. @throws Refusal `not_found`, `conflict` while somebody holds it */
export const retireCustomRole = defineCommand({
  action: 'privilege_permissions_changed',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ name: roleNameShape }),
  async run({ tx, actor, input }) {
    await lockRole(tx, actor, input.name);
    const holders = await tx.operatorRole.count({ where: { tenantId: actor.tenantId, role: input.name } });
    if (holders > 0)
      throw new Refusal('conflict', `${holders} hold this role. Take it from them first. Nothing was changed.`);
    const { count } = await tx.customRole.deleteMany({ where: { tenantId: actor.tenantId, name: input.name } });
    if (count === 0) throw new Refusal('not_found', 'There is no such role.');
    return { result: {}, audit: { target: { type: 'role', id: input.name }, detail: { retired: true } } };
  },
});

/** A tenant's own roles with how many hold each. There are as many as somebody made by hand: read whole. */
export async function listCustomRoles(tx: Tx, tenantId: string): Promise<CustomRole[]> {
  return tx.$queryRaw<CustomRole[]>`
    SELECT c.name, c.description, c.permissions,
      (SELECT count(*)::int FROM operator_roles r WHERE r.tenant_id = c.tenant_id AND r.role = c.name) AS holders
    FROM custom_roles c WHERE c.tenant_id = ${tenantId}::uuid ORDER BY c.name LIMIT 200`;
}

/** What the custom roles among these names allow. */
export async function rolesWith(tx: Tx, tenantId: string, names: readonly string[]): Promise<string[]> {
  const found = await tx.customRole.findMany({ where: { tenantId, name: { in: [...names] } }, take: 200 });
  const unknown = names.find((name) => !Object.hasOwn(builtIn, name) && !found.some((role) => role.name === name));
  if (unknown) throw new Refusal('invalid_input', `There is no role ${unknown} in this tenant. Nothing was changed.`);
  return found.flatMap((role) => role.permissions);
}

const builtIn = Object.fromEntries(roles.map((role) => [role, true]));

async function lockRole(tx: Tx, actor: Actor, name: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`gatehouse-role ${actor.tenantId} ${name}`}, 0))`;
}

async function refuseHolder(tx: Tx, actor: Actor, name: string): Promise<void> {
  if (actor.type !== 'operator') return;
  const own = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM operator_roles r WHERE r.tenant_id = ${actor.tenantId}::uuid AND r.role = ${name}
      AND gatehouse_same_person(r.operator_id, ${actor.id}::uuid) LIMIT 1`;
  if (own.length > 0)
    throw new Refusal('forbidden', 'You hold this role, and nobody raises their own. Ask another administrator.');
}

/** Changing a role changes what its holders hold together with their other roles. */
async function requireSeparationOfHolders(
  tx: Tx,
  tenantId: string,
  name: string,
  wanted: readonly Permission[],
): Promise<void> {
  const holders = await tx.$queryRaw<{ email: string; roles: string[]; custom: string[] }[]>`
    SELECT o.email, array_agg(DISTINCT r.role) AS roles,
      ARRAY(SELECT unnest(c.permissions) FROM operator_roles q JOIN custom_roles c ON c.tenant_id = q.tenant_id AND c.name = q.role
        WHERE q.tenant_id = ${tenantId}::uuid AND q.operator_id = o.id AND q.role <> ${name}) AS custom
    FROM operator_roles held JOIN operators o ON o.id = held.operator_id
    JOIN operator_roles r ON r.tenant_id = held.tenant_id AND r.operator_id = held.operator_id
    WHERE held.tenant_id = ${tenantId}::uuid AND held.role = ${name} GROUP BY o.id, o.email LIMIT 10000`;
  for (const { email, roles: names, custom } of holders) {
    const hard = separationConflicts(permissionsOf(names, [...custom, ...wanted])).find(
      ({ effect }) => effect === 'refused',
    );
    if (hard) throw new Refusal('conflict', `${email} would then hold too much: ${hard.reason} Nothing was changed.`);
  }
}
