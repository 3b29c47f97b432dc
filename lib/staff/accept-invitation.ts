import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { requireStepUp } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { findEnrolment } from '#lib/staff/invite.ts';
import { standingOf } from '#lib/staff/operator-may.ts';
import { requireSeparation } from '#lib/staff/roles-of-operators.ts';

/**
 * Accepts an invitation with the account one has: for somebody who is an operator elsewhere already. The link must be for their
 * e-mail; it adds roles in the inviting tenant and nothing to how they sign in. @throws Refusal `step_up_required`, `gone`, `forbidden`, `conflict`
 */
export async function acceptInvitation(
  database: Database,
  me: { actor: Actor; email: string },
  token: string,
): Promise<{ tenantId: string; roles: string[] }> {
  await requireStepUp(database, me.actor, 'accept an invitation');
  const enrolment = await database.outsideTenants((tx) => findEnrolment(tx, token));
  if (enrolment.isBootstrap || enrolment.email !== me.email.toLowerCase())
    throw new Refusal('forbidden', 'This invitation is for another e-mail address. Nothing was changed.');
  const { tenantId } = enrolment;
  return database.inTenant(tenantId, async (tx) => {
    const used = await tx.$executeRaw`
      UPDATE enrolments SET used_at = clock_timestamp() WHERE id = ${enrolment.id}::uuid AND used_at IS NULL AND expires_at > clock_timestamp()`;
    if (used === 0)
      throw new Refusal('gone', 'This link was used already or has expired meanwhile. Ask for a new one.');
    const invited = await tx.enrolment.findUniqueOrThrow({ where: { id: enrolment.id } });
    const { roles: held } = await standingOf(tx, tenantId, me.actor.id);
    await requireSeparation(tx, tenantId, [...held, ...enrolment.roles]);
    await tx.operatorRole.createMany({
      data: enrolment.roles.map((role) => ({
        tenantId,
        operatorId: me.actor.id,
        role,
        grantedBy: invited.createdBy,
        grantedById: invited.createdById,
      })),
      skipDuplicates: true,
    });
    await appendAudit(
      tx,
      { ...me.actor, tenantId, permissions: new Set() },
      {
        action: 'privilege_permissions_changed',
        outcome: 'success',
        target: { type: 'operator', id: me.actor.id },
        detail: { accepted: enrolment.id, roles: enrolment.roles },
      },
    );
    return { tenantId, roles: enrolment.roles };
  });
}
