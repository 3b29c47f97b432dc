import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { type DeskRecordKind, recordAtTheDoor } from '#lib/staff/desk-records.ts';
import { notifyOperator } from '#lib/staff/outbox/queue-notice.ts';

/**
 * Tells an operator, at every address they have, that their way to sign in changed (ASVS 6.3.7), and writes it down at the door.
 * `also`: addresses that were just taken away.
 */
export async function tellOfChange(
  tx: Tx,
  actor: Actor,
  change: { kind: DeskRecordKind; what: string; also?: readonly string[] },
): Promise<void> {
  const operator = await tx.operator.findUniqueOrThrow({
    where: { id: actor.id },
    select: { id: true, email: true, displayName: true },
  });
  const session = actor.sessionId
    ? await tx.operatorSession.findUnique({ where: { id: actor.sessionId }, select: { userAgent: true } })
    : null;
  await recordAtTheDoor(tx, actor.tenantId, {
    kind: change.kind,
    outcome: 'success',
    way: change.what,
    operator: { id: operator.id, name: operator.displayName, email: operator.email },
    sessionId: actor.sessionId ?? null,
    ip: actor.ip,
    userAgent: session?.userAgent ?? null,
  });
  await notifyOperator(tx, {
    tenantId: actor.tenantId,
    operatorId: actor.id,
    kind: 'authenticators',
    subject: `Gatehouse: ${change.what}`,
    text: [
      `Hello ${operator.displayName},`,
      '',
      `For your operator account at Gatehouse: ${change.what}.`,
      `It was ordered from the network address ${actor.ip ?? 'unknown'}.`,
      '',
      'If this was you, nothing is to be done.',
      'If not: tell an administrator at once and have your account disabled; then look through your authenticators and sessions.',
    ].join('\n'),
    ...(change.also ? { also: change.also } : {}),
  });
}
