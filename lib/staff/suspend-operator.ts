import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { requireAdministratorsLeft } from '#lib/staff/last-administrators.ts';
import { lockOperator } from '#lib/staff/operator-may.ts';
import { refuseOneself } from '#lib/staff/roles-of-operators.ts';
import { tellOfAccess } from '#lib/staff/tell-of-access.ts';

/**
 * Bars an operator from this tenant: their sessions here end, new ones are refused, what they signed counts no more. Their roles
 * stay for the day it is lifted. Other tenants are not touched. @throws Refusal `forbidden`, `not_found`, `conflict`
 */
export const suspendOperator = defineCommand({
  action: 'user_suspended',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({
    operatorId: z.uuid(),
    reason: z.string().trim().min(3, 'Say in a few words why; it goes into the audit.').max(500),
  }),
  async run({ tx, actor, input: { operatorId, reason } }) {
    await refuseOneself(tx, actor, operatorId, 'You cannot suspend yourself. Ask another administrator.');
    const { email } = await lockOperator(tx, actor.tenantId, operatorId);
    const made = await tx.$executeRaw`
      INSERT INTO operator_suspensions (tenant_id, operator_id, suspended_at, suspended_by, reason)
      VALUES (${actor.tenantId}::uuid, ${operatorId}::uuid, clock_timestamp(), ${actor.label}, ${reason})
      ON CONFLICT (tenant_id, operator_id) DO NOTHING`.catch(requireAdministratorsLeft);
    if (made === 0) throw new Refusal('conflict', `${email} is suspended already. Nothing was changed.`);
    const sessionsEnded = await tx.$executeRaw`
      UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = 'the operator was suspended'
      WHERE tenant_id = ${actor.tenantId}::uuid AND operator_id = ${operatorId}::uuid AND ended_at IS NULL`;
    await tellOfAccess(tx, actor, operatorId, 'you were suspended');
    return {
      result: { sessionsEnded },
      audit: { target: { type: 'operator', id: operatorId }, reason, detail: { email, sessionsEnded } },
    };
  },
});

/** Lifts a suspension. Nobody lifts their own. @throws Refusal `forbidden`, `not_found`, `conflict` */
export const restoreOperator = defineCommand({
  action: 'user_restored',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ operatorId: z.uuid() }),
  async run({ tx, actor, input: { operatorId } }) {
    await refuseOneself(tx, actor, operatorId, 'You cannot lift your own suspension.');
    const { email } = await lockOperator(tx, actor.tenantId, operatorId);
    const { count } = await tx.operatorSuspension.deleteMany({ where: { tenantId: actor.tenantId, operatorId } });
    if (count === 0) throw new Refusal('conflict', `${email} is not suspended any more. Nothing was changed.`);
    await tellOfAccess(tx, actor, operatorId, 'your suspension was lifted');
    return { result: {}, audit: { target: { type: 'operator', id: operatorId }, detail: { email } } };
  },
});

/** Ends one session of an operator in this tenant, or all of them (`sessionId` left out). @throws Refusal `not_found`, `conflict` */
export const endOperatorSessions = defineCommand({
  action: 'session_ended_by_administrator',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ operatorId: z.uuid(), sessionId: z.uuid().nullable().default(null) }),
  async run({ tx, actor, input: { operatorId, sessionId } }) {
    const { email } = await lockOperator(tx, actor.tenantId, operatorId);
    const ended = await tx.$queryRaw<{ id: string }[]>`
      UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = ${`ended by ${actor.label}`}
      WHERE tenant_id = ${actor.tenantId}::uuid AND operator_id = ${operatorId}::uuid AND ended_at IS NULL
        AND (${sessionId}::uuid IS NULL OR id = ${sessionId}::uuid) RETURNING id::text`;
    if (ended.length === 0) throw new Refusal('conflict', 'No such session is alive any more. Nothing was changed.');
    return {
      result: { ended: ended.length },
      audit: { target: { type: 'operator', id: operatorId }, detail: { email, sessions: ended.map(({ id }) => id) } },
    };
  },
});
