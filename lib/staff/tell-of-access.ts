import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { notifyOperator } from '#lib/staff/outbox/queue-notice.ts';

/** Tells an operator, at every address of theirs, that somebody changed what they may do here; in the transaction of the change. */
export async function tellOfAccess(tx: Tx, actor: Actor, operatorId: string, what: string): Promise<void> {
  await notifyOperator(tx, {
    tenantId: actor.tenantId,
    operatorId,
    kind: 'access',
    subject: `Gatehouse: ${what}`,
    text: `${what[0]?.toUpperCase()}${what.slice(1)}, by ${actor.label}. How you sign in was not touched. If you did not expect this, ask an administrator.`,
  });
}
